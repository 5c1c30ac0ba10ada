import { withMetric } from "../core/event.ts";
import { checkOption, positive } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";

/** Half-lives after which the rest of a weight is beyond the digits of a double. */
const HALFLIVES = 64;

/**
 * Exponentially weighted moving average by time: a metric's weight halves with each `halflife` of event time.
 *
 * Emits each event at once, with `metric` replaced by the average and `time` by the latest time so far. Holds two
 * numbers. The average begins at 0, and an event has the weight of one second, as Riemann's: with one event a second a
 * constant metric is reached slowly, with one in ten seconds about a tenth of it, with ten a second ten times as much.
 * For metrics of another pace there is `ewmaTimeless`. An event that is late counts
 * with the weight of its age, one of the same time as the last in full. An event whose metric is not a finite number
 * passes unchanged; one that has expired is averaged like any other.
 *
 * @param halflife - Seconds, > 0.
 * @throws FastTsError `FTS_STAGE_OPTION` when `halflife` is not a number > 0.
 * @category Rates and statistics
 * @example
 * pipeline("smooth load", [filter((e) => e.service === "load"), by("host", [ewma(60)]), stdout()]);
 */
export function ewma(halflife: number): Stage {
  checkOption("ewma", "halflife", halflife, positive);
  const kept = 0.5 ** (1 / halflife);
  const start: Start = ({ clock, emit, state }) => {
    const own = state(() => ({ average: 0, latest: null as number | null }));
    return (event) => {
      const { metric } = event;
      if (metric === null || !Number.isFinite(metric)) return emit(event);
      const time = clock.timeOf(event);
      let { latest } = own;
      if (latest === null || latest > clock.latest()) latest = time;
      const passed = time - latest;
      if (passed >= 0) {
        own.average = (1 - kept) * metric + own.average * kept ** passed;
        latest = time;
      } else {
        own.average += (1 - kept) * metric * kept ** -passed;
      }
      own.latest = latest;
      emit(withMetric(event, own.average, latest));
    };
  };
  return stage("ewma", start, { memory: HALFLIVES * halflife, changes: ["metric", "time"], shape: [] });
}
