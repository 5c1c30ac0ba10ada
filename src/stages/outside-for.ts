import { aNumber, checkOption, greaterThan } from "../core/option.ts";
import type { Stage } from "../core/stage.ts";
import { forDuration } from "../kit/for-duration.ts";

/**
 * Passes events whose metric lies outside two limits, once it has for longer than `seconds`, be it below or above.
 *
 * Emits at once. By the events' own times, the time runs from the first event outside the limits and starts over after
 * an event that is not: on a limit or between them, without a metric, or `NaN`; such an event is dropped. Holds one
 * number. Compares all events with each other, expired ones included, whatever their host and service: `by` keeps them
 * apart.
 *
 * @param low - A finite number; the metric must be strictly less, or
 * @param high - strictly greater than this finite number > `low`.
 * @param seconds - How long, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when a limit is not a finite number, `high` is not above `low`, or `seconds`
 * is not a number >= 0.001.
 * @category Route
 * @example
 * pipeline("too cold or too warm", [
 *   filter((e) => e.service === "temperature"),
 *   by("host", [outsideFor(18, 27, 120), throttle(1, 3600), email("ops@example.com")]),
 * ]);
 */
export function outsideFor(low: number, high: number, seconds: number): Stage {
  checkOption("outsideFor", "low", low, aNumber);
  checkOption("outsideFor", "high", high, greaterThan(low, "low"));
  return forDuration("outsideFor", seconds, ({ metric }) => metric !== null && (metric < low || metric > high));
}
