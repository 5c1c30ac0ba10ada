import { type Event, withMetric } from "../core/event.ts";
import { aNumber, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";

/**
 * Multiplies the metric by `factor`.
 *
 * Emits each event at once, with the new metric, and holds nothing. An event without a metric passes unchanged; one
 * that has expired is treated like any other.
 *
 * @param factor - A finite number.
 * @throws FastTsError `FTS_STAGE_OPTION` when `factor` is not a finite number.
 * @category Transform
 * @example
 * pipeline("bytes to megabytes", [filter((e) => e.service === "memory used"), scale(1e-6), stdout()]);
 */
export function scale(factor: number): Stage {
  checkOption("scale", "factor", factor, aNumber);
  const scaled = (event: Event): Event => (event.metric === null ? event : withMetric(event, event.metric * factor));
  return stage("scale", () => changing(scaled), { memory: 0, changes: ["metric"] });
}
