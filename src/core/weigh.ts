import { Event, weigh } from "./event.ts";

/** The bytes of some events together. */
export function weighAll(events: readonly Event[]): number {
  let bytes = 0;
  for (const event of events) bytes += weigh(event);
  return bytes;
}

/** The bytes of what a stage is given: an event, a list of them, or of lists. What else there may be counts for nothing. */
export function weighValue(value: unknown): number {
  if (value instanceof Event) return weigh(value);
  if (!Array.isArray(value)) return 0;
  let bytes = 8 * value.length;
  for (const one of value) bytes += weighValue(one);
  return bytes;
}
