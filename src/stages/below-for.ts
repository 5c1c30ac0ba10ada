import { aNumber, checkOption } from "../core/option.ts";
import type { Stage } from "../core/stage.ts";
import { forDuration } from "../kit/for-duration.ts";

/**
 * Passes events whose metric is below `limit`, once it has been for longer than `seconds`.
 *
 * Emits at once. By the events' own times, the time runs from the first event below the limit and starts over after an
 * event that is not: equal or above, without a metric, or `NaN`; such an event is dropped. Holds one number. Compares
 * all events with each other, expired ones included, whatever their host and service: `by` keeps them apart.
 *
 * @param limit - A finite number; the metric must be strictly less.
 * @param seconds - How long, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `limit` is not a finite number or `seconds` is not a number >= 0.001.
 * @category Route
 * @example
 * pipeline("nearly full for a minute", [
 *   filter((e) => e.service === "disk free"),
 *   by("host", [belowFor(0.1, 60), throttle(1, 3600), email("ops@example.com")]),
 * ]);
 */
export function belowFor(limit: number, seconds: number): Stage {
  checkOption("belowFor", "limit", limit, aNumber);
  return forDuration("belowFor", seconds, ({ metric }) => metric !== null && metric < limit);
}
