import type { Event } from "../core/event.ts";

/**
 * An event as one line of JSON; a list of events (a window) as one JSON array.
 *
 * All standard fields are there, `null` when absent; custom fields are under `attributes`. `time` and `ttl` are numbers,
 * seconds. JSON has no `NaN` and no infinity: such a metric is the string `"NaN"`, `"Infinity"` or `"-Infinity"`.
 */
export function formatJson(value: Event | readonly Event[]): string {
  return JSON.stringify(value);
}
