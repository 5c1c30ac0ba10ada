import type { Event } from "../core/event.ts";
import { firstOf, type Given, metricsOf } from "./metrics.ts";

/**
 * The first event with the sum of all metrics; 0 when none has one. `null` without an event.
 *
 * @category Folds
 * @example
 * pipeline("bytes a minute", [
 *   filter((e) => e.service === "bytes"),
 *   fixedTimeWindow(60),
 *   combine(folds.sum),
 *   stdout(),
 * ]);
 */
export function sum(events: Given): Event | null {
  return firstOf(events)?.with({ metric: metricsOf(events).reduce((total, metric) => total + metric, 0) }) ?? null;
}

/**
 * The first event with the product of all metrics; 1 when none has one. `null` without an event.
 *
 * @category Folds
 * @example
 * pipeline("both up", [
 *   project([(e) => e.service === "web up", (e) => e.service === "database up"]),
 *   combine(folds.product),
 *   stdout(),
 * ]);
 */
export function product(events: Given): Event | null {
  return firstOf(events)?.with({ metric: metricsOf(events).reduce((total, metric) => total * metric, 1) }) ?? null;
}
