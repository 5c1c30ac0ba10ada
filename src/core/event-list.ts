import { Event } from "./event.ts";

/** What sinks take: an event, or a list of them, such as a window emits. */
export type EventOrList = Event | readonly Event[];

/** Calls `take` with each event of either, without making a list. */
export function forEachEvent(value: EventOrList, take: (event: Event) => void): void {
  if (value instanceof Event) take(value);
  else for (const event of value) take(event);
}

/** The events of either. */
export function eventsOf(value: EventOrList): readonly Event[] {
  return value instanceof Event ? [value] : value;
}
