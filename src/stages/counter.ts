import { withMetric } from "../core/event.ts";
import { aNumber, checkOption } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";

/**
 * Replaces each metric with the sum of all so far.
 *
 * Emits at once. Holds one number. Only a restart resets it, or an event with the tag `reset`, which sets the sum to
 * its own metric. An event whose metric is not a finite number passes unchanged and counts for nothing; one that has
 * expired is treated like any other.
 *
 * @param init - The sum to begin with, a finite number.
 * @throws FastTsError `FTS_STAGE_OPTION` when `init` is not a finite number.
 * @category Transform
 * @example
 * pipeline("orders since the start", [filter((e) => e.service === "order"), by("host", [counter()]), stdout()]);
 */
export function counter(init = 0): Stage {
  checkOption("counter", "init", init, aNumber);
  const start: Start = ({ emit, state }) => {
    const own = state(() => ({ total: init }));
    const onEvent: OnEvent = (event) => {
      const { metric } = event;
      if (metric === null || !Number.isFinite(metric)) return emit(event);
      own.total = event.tags.includes("reset") ? metric : own.total + metric;
      emit(withMetric(event, own.total));
    };
    return { onEvent, isInitial: () => own.total === init };
  };
  return stage("counter", start, { memory: Number.POSITIVE_INFINITY, changes: ["metric"], shape: [init] });
}
