import { withMetric } from "../core/event.ts";
import { checkOption, type Rule } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";

const aShare: Rule = { must: "a number > 0 and <= 1", test: (v) => typeof v === "number" && v > 0 && v <= 1 };

/**
 * Exponentially weighted moving average by event: each new metric counts `r`, all before it together `1 − r`.
 *
 * Emits each event at once, with `metric` replaced by the average. Holds one number. The average begins at 0, as
 * Riemann's: a constant metric is reached slowly. The events' times do not matter. An event whose metric is not a
 * finite number passes unchanged; one that has expired is averaged like any other.
 *
 * @param r - The weight of a new metric, > 0 and <= 1; 1 leaves metrics unchanged.
 * @throws FastTsError `FTS_STAGE_OPTION` when `r` is no such number.
 * @category Rates and statistics
 * @example
 * pipeline("smooth load", [filter((e) => e.service === "load"), by("host", [ewmaTimeless(0.1)]), stdout()]);
 */
export function ewmaTimeless(r: number): Stage {
  checkOption("ewmaTimeless", "r", r, aShare);
  const start: Start = ({ emit, state }) => {
    const own = state(() => ({ average: 0 }));
    const onEvent: OnEvent = (event) => {
      const { metric } = event;
      if (metric === null || !Number.isFinite(metric)) return emit(event);
      own.average = r * metric + (1 - r) * own.average;
      emit(withMetric(event, own.average));
    };
    return { onEvent, isInitial: () => own.average === 0 };
  };
  return stage("ewmaTimeless", start, { memory: Number.POSITIVE_INFINITY, changes: ["metric"], shape: [] });
}
