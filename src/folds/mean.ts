import type { Event } from "../core/event.ts";
import { firstOf, type Given, metricsOf } from "./metrics.ts";

/**
 * The first event with the mean of all metrics. `null` when no event has one.
 *
 * @category Folds
 * @example
 * pipeline("mean of ten", [by("service", [movingEventWindow(10), combine(folds.mean)]), stdout()]);
 */
export function mean(events: Given): Event | null {
  const metrics = metricsOf(events);
  return metrics.length === 0 ? null : (firstOf(events)?.with({ metric: average(metrics) }) ?? null);
}

/**
 * The first event with the standard deviation of all metrics, taken as the whole population: divided by their number,
 * not by one less. `null` when no event has a metric.
 *
 * @category Folds
 * @example
 * pipeline("jitter", [by("host", [fixedTimeWindow(60), combine(folds.stdDev)]), stdout()]);
 */
export function stdDev(events: Given): Event | null {
  const metrics = metricsOf(events);
  if (metrics.length === 0) return null;
  const centre = average(metrics);
  const variance = average(metrics.map((metric) => (metric - centre) ** 2));
  return firstOf(events)?.with({ metric: Math.sqrt(variance) }) ?? null;
}

function average(metrics: readonly number[]): number {
  return metrics.reduce((total, metric) => total + metric, 0) / metrics.length;
}
