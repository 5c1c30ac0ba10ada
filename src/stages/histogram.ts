import type { Event } from "../core/event.ts";
import { checkKeys } from "../core/option.ts";
import type { Stage } from "../core/stage.ts";
import type { AlignOptions } from "../kit/clock-windows.ts";
import { HistogramBin } from "../kit/histogram-bin.ts";
import { asEvent } from "../kit/histogram-event.ts";
import { intervalStage } from "../kit/interval-stage.ts";
import type { LogLinearHistogram } from "../kit/log-linear-histogram.ts";

/** When the windows of a `histogram` begin. */
export type HistogramOptions = AlignOptions;

/**
 * Counts how often each metric comes up in a window, in an event that can be added to others: percentiles of many hosts
 * cannot be made of the percentiles of each, but of these.
 *
 * Emits at the end of each window that had events the last one, with their number as `metric`, `time` the window's end,
 * and the counts, to 1.6 %, as text in the attribute `histogram`, mostly about 1 KB. For `percentiles` with the method
 * `histogram`, and for another `histogram`, such an event stands for all that it counted, also when it came from
 * another daemon. Holds at most 8 KB, 16 KB with metrics below 0, however many the events are.
 *
 * Windows go by the clock, not by the events' times; the first starts with the first event. An event that says
 * `expired` is not counted: it ends the series. Then, and at a stop, the unfinished window is emitted at once. Ignores
 * events whose metric is not a finite number.
 *
 * @param interval - Window length, seconds, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or an option is wrong.
 * @category Rates and statistics
 * @example
 * pipeline("latency of each host and of all", [
 *   filter((e) => e.service === "api latency"),
 *   by("host", [histogram(10, { align: "clock" }), tee([percentiles(10, [0.5, 0.99], { method: "histogram" }), stdout()])]),
 *   set({ host: null }),
 *   percentiles(10, [0.5, 0.99], { method: "histogram" }),
 *   stdout(),
 * ]);
 */
export function histogram(interval: number, options: HistogramOptions = {}): Stage {
  checkKeys("histogram", options, ["align"]);
  return intervalStage("histogram", interval, options, [], (context) => new HistogramBin(context, counted));
}

function counted(counts: LogLinearHistogram, last: Event, end: number): Event[] {
  return [asEvent(counts, last, end)];
}
