import { withMetric } from "../core/event.ts";
import { checkKeys, checkOption, notNegative, positive, type Rule } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";

/** How often `predictLinear` computes its line. */
export interface PredictLinearOptions {
  /** Seconds >= 0, by the clock, for which a line is used before it is computed again. @default 0, with every event */
  readonly rebuild?: number;
}

/** A time and a metric. */
const POINT_BYTES = 16;

const atLeastTwo: Rule = { must: "a whole number >= 2", test: (v) => Number.isSafeInteger(v) && Number(v) >= 2 };

/**
 * What the metric will be in `seconds`, if it goes on as in the last `n` events: the value of the straight line through
 * them (least squares).
 *
 * Emits from the second event on each one at once, with the metric that is predicted for `seconds` after its time; its
 * time stays. While all events held have the same time there is no line, and nothing is emitted. Holds the times and
 * metrics of `n` events. Ignores events whose metric is not a finite number; those that have expired count like any
 * other.
 *
 * @param n - How many events make the line, a whole number >= 2. Without `rebuild` an event costs time in proportion.
 * @param seconds - How far to look ahead, > 0.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 2, `seconds` is not a number > 0, or an
 * option is wrong.
 * @category Rates and statistics
 * @example
 * pipeline("full within a day", [
 *   filter((e) => e.service === "disk used"),
 *   by("host", [
 *     predictLinear(60, 86_400, { rebuild: 60 }),
 *     set({ state: (e) => ((e.metric ?? 0) > 1 ? "critical" : "ok") }),
 *     stable(600, "state"),
 *     changedState({ init: "ok" }),
 *   ]),
 *   email("ops@example.com"),
 * ]);
 */
export function predictLinear(n: number, seconds: number, options: PredictLinearOptions = {}): Stage {
  checkOption("predictLinear", "n", n, atLeastTwo);
  checkOption("predictLinear", "seconds", seconds, positive);
  checkKeys("predictLinear", options, ["rebuild"]);
  const { rebuild = 0 } = options;
  checkOption("predictLinear", "rebuild", rebuild, notNegative);
  const start: Start = ({ clock, emit, held, state, away }) => {
    const own = state(() => ({
      times: [] as number[],
      metrics: [] as number[],
      next: 0,
      /** By the clock's `elapsed`. */
      drawnAt: 0,
      line: { isDrawn: false, time: 0, metric: 0, slope: 0 },
    }));
    const { times, metrics, line } = own;
    own.drawnAt -= away;
    held(POINT_BYTES * times.length);
    const onEvent: OnEvent = (event) => {
      const { metric } = event;
      if (metric === null || !Number.isFinite(metric)) return;
      const time = clock.timeOf(event);
      if (times.length < n) held(POINT_BYTES);
      times[own.next] = time;
      metrics[own.next] = metric;
      own.next = own.next + 1 === n ? 0 : own.next + 1;
      const now = rebuild === 0 ? 0 : clock.elapsed();
      if (!line.isDrawn || rebuild === 0 || now - own.drawnAt > rebuild) {
        draw(line, times, metrics);
        own.drawnAt = now;
      }
      if (line.isDrawn) emit(withMetric(event, metricAt(line, time + seconds)));
    };
    return { onEvent, isInitial: () => times.length === 0 };
  };
  return stage("predictLinear", start, { memory: Number.POSITIVE_INFINITY, changes: ["metric"], shape: [n] });
}

/** The line of least squares, by a point on it: unix times are too great to be squared. */
interface Line {
  isDrawn: boolean;
  time: number;
  metric: number;
  slope: number;
}

/** Draws the line through the points, unless all have the same time. */
function draw(line: Line, times: readonly number[], metrics: readonly number[]): void {
  const count = times.length;
  let time = 0;
  let metric = 0;
  for (let k = 0; k < count; k++) {
    time += (times[k] ?? 0) / count;
    metric += (metrics[k] ?? 0) / count;
  }
  let covariance = 0;
  let variance = 0;
  line.isDrawn = false;
  for (let k = 0; k < count; k++) {
    const off = (times[k] ?? 0) - time;
    covariance += off * ((metrics[k] ?? 0) - metric);
    variance += off * off;
    if (times[k] !== times[0]) line.isDrawn = true;
  }
  line.time = time;
  line.metric = metric;
  line.slope = covariance / variance;
}

function metricAt(line: Line, time: number): number {
  return line.metric + line.slope * (time - line.time);
}
