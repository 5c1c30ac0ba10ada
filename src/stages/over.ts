import { aNumber, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";

/**
 * Passes events whose metric is above `limit`.
 *
 * Emits at once and holds nothing. Drops an event whose metric is equal or below, `null` or `NaN`; one that has expired
 * is treated like any other.
 *
 * @param limit - A finite number; the metric must be strictly greater.
 * @throws FastTsError `FTS_STAGE_OPTION` when `limit` is not a finite number.
 * @category Route
 * @example
 * pipeline("slow answers", [filter((e) => e.service === "api latency"), over(0.5), stdout()]);
 */
export function over(limit: number): Stage {
  checkOption("over", "limit", limit, aNumber);
  // Said of null as a whole: null > -1 is true in JavaScript.
  return stage("over", () => passing("over", ({ metric }) => metric !== null && metric > limit), {
    memory: 0,
    changes: [],
  });
}
