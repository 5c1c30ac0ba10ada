import type { Event } from "../core/event.ts";
import { aFunction, checkKeys, checkOption, duration } from "../core/option.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";

/** What an `apdex` counts as good. */
export interface ApdexOptions extends AlignOptions {
  /** Which events stand for a satisfied user, such as `(e) => e.metric !== null && e.metric <= 0.5`. */
  readonly satisfied: Predicate;
  /** Which of the others stand for a tolerating user; called only when `satisfied` says no. */
  readonly tolerated: Predicate;
}

/**
 * The application performance index: the share of events that satisfy, with tolerated ones counted half; from 0 (all
 * frustrated) to 1.
 *
 * Emits the last event of each window at the window's end, with `metric` and `time` (the window's end) replaced;
 * nothing for a window without events. Holds three numbers and one event. Windows go by the clock, not by the events'
 * times, and follow each other from the moment the stage starts. At a stop the unfinished window is emitted. Ignores
 * events that say `expired`; those without a metric are tested like any other.
 *
 * @param interval - Window length, seconds, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001, `satisfied` or `tolerated` is not a
 * function, or an option is wrong; `FTS_STAGE_MISUSE` at run time when one of them returns an object.
 * @category Rates and statistics
 * @example
 * const within = (seconds: number) => (e: Event) => e.metric !== null && e.metric <= seconds;
 * pipeline("are users happy", [
 *   filter((e) => e.service === "api latency"),
 *   apdex(60, { satisfied: within(0.5), tolerated: within(2) }),
 *   stdout(),
 * ]);
 */
export function apdex(interval: number, options: ApdexOptions): Stage {
  checkOption("apdex", "interval", interval, duration);
  checkKeys("apdex", options, ["satisfied", "tolerated", "align"]);
  const { satisfied, tolerated } = options;
  checkOption("apdex", "satisfied", satisfied, aFunction);
  checkOption("apdex", "tolerated", tolerated, aFunction);
  checkAlign("apdex", options);
  const start: Start = (context) => {
    const { clock, emit, state } = context;
    /** `good`: the satisfied twice, the tolerated once. */
    const own = state(() => ({ good: 0, total: 0, last: null as Event | null }));
    const windows = new ClockWindows(context, interval, anchorOf(options, clock.now()), close);

    function close(end: number): void {
      if (own.last === null) return;
      const index = own.last.with({ metric: own.good / 2 / own.total, time: end });
      own.good = 0;
      own.total = 0;
      own.last = null;
      emit(index);
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return;
        if (isYes("apdex(satisfied)", satisfied(event))) own.good += 2;
        else if (isYes("apdex(tolerated)", tolerated(event))) own.good += 1;
        own.total += 1;
        own.last = event;
        windows.open();
      },
      flush: () => {
        windows.stop();
        close(clock.now());
      },
    };
  };
  return stage("apdex", start, {
    memory: interval,
    changes: ["metric", "time"],
    shape: [interval, satisfied, tolerated, options.align],
    keepsLast: true,
  });
}
