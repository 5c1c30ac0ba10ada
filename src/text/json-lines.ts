import { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";

/** A line of JSON for each event, those of a list too, as `stdout()` prints them; each ends. */
export function linesOf(value: EventOrList): string {
  if (value instanceof Event) return `${JSON.stringify(value)}\n`;
  let lines = "";
  for (const event of value) lines += `${JSON.stringify(event)}\n`;
  return lines;
}
