import type { Event } from "../core/event.ts";
import { type Given, isNumber } from "./metrics.ts";

/**
 * The event with the lowest metric, the last of those that share it. `null` when no event has a metric.
 *
 * @category Folds
 * @example
 * pipeline("least free disk", [
 *   filter((e) => e.service === "disk free"),
 *   coalesce(10),
 *   combine(folds.minimum),
 *   stdout(),
 * ]);
 */
export function minimum(events: Given): Event | null {
  return extreme(events, (metric, lowest) => metric <= lowest);
}

/**
 * The event with the highest metric, the last of those that share it. `null` when no event has a metric.
 *
 * @category Folds
 * @example
 * pipeline("slowest of each minute", [fixedTimeWindow(60), combine(folds.maximum), stdout()]);
 */
export function maximum(events: Given): Event | null {
  return extreme(events, (metric, highest) => metric >= highest);
}

function extreme(events: Given, isFurther: (metric: number, best: number) => boolean): Event | null {
  let best: Event | null = null;
  let reached: number | null = null;
  for (const event of events) {
    if (event === null || !isNumber(event.metric)) continue;
    if (reached !== null && !isFurther(event.metric, reached)) continue;
    best = event;
    reached = event.metric;
  }
  return best;
}
