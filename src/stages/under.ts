import { aNumber, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events whose metric is below `limit`.
 *
 * Emits at once and holds nothing. Drops an event whose metric is equal or above, `null` or `NaN`; one that has expired
 * is treated like any other.
 *
 * @param limit - A finite number; the metric must be strictly less.
 * @throws FastTsError `FTS_STAGE_OPTION` when `limit` is not a finite number.
 * @category Route
 * @example
 * pipeline("nearly full", [filter((e) => e.service === "disk free"), under(0.1), stdout()]);
 */
export function under(limit: number): Stage {
  checkOption("under", "limit", limit, aNumber);
  // Said of null as a whole: null < 12 is true in JavaScript.
  return stage("under", () => passing("under", ({ metric }) => metric !== null && metric < limit), {
    memory: 0,
    changes: [],
  });
}
