import { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";

/**
 * An event as one line of JSON; a list of events (a window) as one JSON array.
 *
 * All standard fields are there, `null` when absent; custom fields are under `attributes`. `time` and `ttl` are numbers,
 * seconds. JSON has no `NaN` and no infinity: such a metric is the string `"NaN"`, `"Infinity"` or `"-Infinity"`.
 */
export function formatJson(value: Event | readonly Event[]): string {
  return JSON.stringify(value instanceof Event ? plain(value) : value.map(plain));
}

function plain(event: Event): Record<string, unknown> {
  return {
    host: event.host,
    service: event.service,
    state: event.state,
    metric: event.metric === null ? null : jsonNumber(event.metricIsFloat ? shortestFloat(event.metric) : event.metric),
    time: jsonNumber(event.time),
    description: event.description,
    ttl: event.ttl === null ? null : jsonNumber(shortestFloat(event.ttl)),
    tags: event.tags,
    attributes: event.attributes,
  };
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
