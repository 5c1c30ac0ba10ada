import { aNumber, checkOption, greaterThan } from "../core/option.ts";
import type { Stage } from "../core/stage.ts";
import { forDuration } from "../kit/for-duration.ts";

/**
 * Passes events whose metric lies between two limits, once it has for longer than `seconds`.
 *
 * Emits at once. By the events' own times, the time runs from the first event between the limits and starts over after
 * an event that is not: on a limit or outside, without a metric, or `NaN`; such an event is dropped. Holds one number.
 * Compares all events with each other, expired ones included, whatever their host and service: `by` keeps them apart.
 *
 * @param low - A finite number; the metric must be strictly greater.
 * @param high - A finite number > `low`; the metric must be strictly less.
 * @param seconds - How long, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when a limit is not a finite number, `high` is not above `low`, or `seconds`
 * is not a number >= 0.001.
 * @category Route
 * @example
 * pipeline("neither idle nor busy", [filter((e) => e.service === "cpu"), by("host", [betweenFor(0.2, 0.8, 60)]), stdout()]);
 */
export function betweenFor(low: number, high: number, seconds: number): Stage {
  checkOption("betweenFor", "low", low, aNumber);
  checkOption("betweenFor", "high", high, greaterThan(low, "low"));
  return forDuration("betweenFor", seconds, ({ metric }) => metric !== null && metric > low && metric < high);
}
