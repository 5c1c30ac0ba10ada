import type { Event } from "../core/event.ts";

/** What a fold takes: the events of a window, or of `project`, which has `null` for missing ones. */
export type Given = readonly (Event | null)[];

/** Whether there is a number to reckon with: neither `null` nor `NaN`. */
export function isNumber(metric: number | null | undefined): metric is number {
  return typeof metric === "number" && !Number.isNaN(metric);
}

/** The metrics of those events that have one. */
export function metricsOf(events: Given): readonly number[] {
  const metrics: number[] = [];
  for (const event of events) if (event !== null && isNumber(event.metric)) metrics.push(event.metric);
  return metrics;
}

/** The first event there is, the pattern of most results; `null` when there is none. */
export function firstOf(events: Given): Event | null {
  return events.find((event) => event !== null) ?? null;
}
