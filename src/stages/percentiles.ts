import type { Event } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption, oneOf } from "../core/option.ts";
import type { Context, Stage } from "../core/stage.ts";
import { type Points, pointsRule, sample, suffixesOf } from "../folds/sample.ts";
import type { AlignOptions } from "../kit/clock-windows.ts";
import { HeldEvents } from "../kit/held-events.ts";
import { HistogramBin } from "../kit/histogram-bin.ts";
import { uncounted } from "../kit/histogram-event.ts";
import { type Bin, intervalStage } from "../kit/interval-stage.ts";
import type { LogLinearHistogram } from "../kit/log-linear-histogram.ts";

/** How `percentiles` looks at its events. */
export interface PercentilesOptions extends AlignOptions {
  /**
   * `"exact"` holds the events and emits real ones. `"histogram"` counts them in 8 KB at most (16 KB with metrics below
   * 0), however many they are, and emits the last one with a metric that is within 1.6 % of the exact one; an event of
   * a `histogram` stage it takes for all that were counted there.
   * @default "exact"
   */
  readonly method?: "exact" | "histogram";
  /** How many events of a window `"exact"` holds; a whole number >= 1. @default 10_000 */
  readonly max?: number;
}

/**
 * Percentiles of the metrics of each window: for each point the event in that place when they are sorted by metric.
 *
 * Emits at the end of each window that had events one for each point, with the point added to its `service`. With
 * `exact` that is a real event of the window, as it was; it holds them, at most `max`, and further ones are dropped and
 * counted as `overflow`. With `histogram` it is the last event of the window, with `metric` and `time` (the window's
 * end) replaced. Of n events a point p means the one at `min(n − 1, ⌊n · p⌋)`: of two events 0.5 is the higher.
 *
 * Windows go by the clock, not by the events' times; the first starts with the first event. An event that says
 * `expired` is not counted: it ends the series. Then, and at a stop, the unfinished window is emitted at once. Ignores
 * events whose metric is not a finite number.
 *
 * Unlike Riemann's, an expired event does not throw the window away, and no sample is seen in a later window.
 *
 * @param interval - Window length, seconds, >= 0.001.
 * @param points - Numbers from 0, the lowest, to 1: `[0.5, 0.99]` makes `"api"` to `"api 0.5"` and `"api 0.99"`;
 * `{ 0.5: " median" }` to `"api median"`. A list gives its order, an object goes upwards.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001, a point is not a number from 0 to 1, or an
 * option is wrong.
 * @category Rates and statistics
 * @example
 * pipeline("latency of the api", [
 *   filter((e) => e.service === "api latency"),
 *   percentiles(10, [0.5, 0.95, 0.99], { method: "histogram" }),
 *   stdout(),
 * ]);
 */
export function percentiles(interval: number, points: Points, options: PercentilesOptions = {}): Stage {
  checkOption("percentiles", "points", points, pointsRule);
  checkKeys("percentiles", options, ["method", "max", "align"]);
  const { method = "exact", max = 10_000 } = options;
  checkOption("percentiles", "method", method, oneOf("exact", "histogram"));
  checkOption("percentiles", "max", max, atLeastOne);
  return intervalStage(
    "percentiles",
    interval,
    options,
    [method],
    method === "exact" ? exactBin(points, max) : histogramBin(points),
  );
}

function exactBin(points: Points, max: number): (context: Context) => Bin {
  const choose = sample(points);
  return (context) => {
    const held = new HeldEvents(context);
    return {
      add: (event) => {
        if (held.length >= max) return false;
        held.push(event);
        return true;
      },
      take: () => choose(held.take()),
    };
  };
}

function histogramBin(points: Points): (context: Context) => Bin {
  const suffixes = suffixesOf(points);
  const result = (counts: LogLinearHistogram, last: Event, time: number): Event[] => {
    const pattern = uncounted(last);
    return suffixes.map(([point, suffix]) =>
      pattern.with({ service: `${pattern.service ?? ""}${suffix}`, metric: counts.quantile(point), time }),
    );
  };
  return (context) => new HistogramBin(context, result);
}
