import { type Event, event } from "../../src/core/event.ts";

/** An event for each metric, its place in the list as `time`; `undefined` makes a place without an event. */
export function withMetrics(...metrics: readonly (number | null | undefined)[]): readonly (Event | null)[] {
  return metrics.map((metric, time) => (metric === undefined ? null : event({ service: "s", metric, time })));
}
