import { checkKeys, checkOption, count, duration } from "../core/option.ts";
import { type StartThrough, type Through, through } from "../core/stage.ts";
import { type AlignOptions, anchorOf, checkAlign } from "../kit/clock-windows.ts";
import { windowIndex } from "../kit/window-edges.ts";

/** When the windows of a `throttle` begin. */
export type ThrottleOptions = AlignOptions;

/**
 * Passes at most `n` events in each window of `seconds`, and drops the others.
 *
 * Emits at once and holds two numbers. Windows follow each other without a gap from the moment the stage starts, by the
 * clock, not by the events' times; an event at a window's end belongs to the next one. Events without a metric and
 * expired ones are counted like any other, and a list as one.
 *
 * Unlike in the first FastTS, an `n` of 0 passes nothing, and a window is as long as it says.
 *
 * @param n - Events per window, a whole number >= 0; 0 passes none.
 * @param seconds - Window length, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 0 or `seconds` is not a number >= 0.001, or
 * an option is wrong.
 * @category State and change
 * @example
 * pipeline("two alerts a minute", [filter((e) => e.state === "critical"), throttle(2, 60), stdout()]);
 */
export function throttle(n: number, seconds: number, options: ThrottleOptions = {}): Through {
  checkOption("throttle", "n", n, count);
  checkOption("throttle", "seconds", seconds, duration);
  checkKeys("throttle", options, ["align"]);
  checkAlign("throttle", options);
  const isAligned = options.align !== undefined;
  const start: StartThrough<unknown> = ({ clock, emit, state, away }) => {
    const time = isAligned ? () => clock.now() : () => clock.elapsed();
    const own = state(() => ({ start: anchorOf(options, time()), window: 0, passed: 0 }));
    if (!isAligned) own.start -= away;
    return (event) => {
      const current = windowIndex(own.start, seconds, time());
      // Not "later": a clock that was set back must not shut the gate until it has caught up.
      if (current !== own.window) {
        own.window = current;
        own.passed = 0;
      }
      if (own.passed >= n) return;
      own.passed += 1;
      emit(event);
    };
  };
  return through("throttle", start, {
    takes: "anything",
    memory: seconds,
    changes: [],
    shape: [seconds, options.align],
  });
}
