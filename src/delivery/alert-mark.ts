import { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { Letter } from "./rendered.ts";

/** How the service of the event begins that tells that an alert was given up. */
export const ALERT_LOST = "fast-ts alert lost";

/** Which alert an item of a target tells of: plain data, for it crosses threads. */
export interface AlertMark {
  readonly key: string;
  readonly phase: string;
}

/** The marks of events that `alert` made; none of those about alerts that were given up. */
export function marksOf(value: EventOrList): readonly AlertMark[] {
  return eventsOf(value).flatMap(({ service, attributes }) => {
    const { "alert key": key, "alert phase": phase } = attributes;
    return key === undefined || phase === undefined || service?.startsWith(ALERT_LOST) ? [] : { key, phase };
  });
}

/** The marks of an item: of an event or a list, or as it was rendered. */
export function marksIn(item: unknown): readonly AlertMark[] {
  if (item instanceof Letter) return marksOf(item.original);
  if (item instanceof Event) return marksOf(item);
  if (Array.isArray(item)) return item.flatMap(marksIn);
  if (typeof item !== "object" || item === null || !("alerts" in item) || !Array.isArray(item.alerts)) return [];
  return item.alerts;
}

/** The alerts of which an item says that they still fire, when it says nothing else; else null. */
export function repeatedIn(item: unknown): readonly string[] | null {
  const marks = marksIn(item);
  const isRepeat = marks.length > 0 && marks.length >= eventsIn(item) && marks.every(({ phase }) => phase === "repeat");
  return isRepeat ? marks.map(({ key }) => key) : null;
}

/** How many events an item tells of, where it says so. */
function eventsIn(item: unknown): number {
  if (item instanceof Letter) return eventsOf(item.original).length;
  if (Array.isArray(item)) return item.length;
  const isMessage = typeof item === "object" && item !== null && "events" in item && typeof item.events === "number";
  return isMessage ? Number(item.events) : 1;
}
