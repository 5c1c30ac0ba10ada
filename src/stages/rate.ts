import type { Event } from "../core/event.ts";
import { secondsLeft } from "../core/expiry.ts";
import { checkKeys, checkOption, duration, notNegative } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";

/** When the windows of a `rate` begin, and what it says when no events come. */
export interface RateOptions extends AlignOptions {
  /**
   * Seconds >= 0 for which zeros follow the last window that had an event, when that event has no ttl; when it has one,
   * they go on until its `time + ttl`. 0: no zeros.
   * @default 60
   */
  readonly idle?: number;
}

/**
 * Events per second: the sum of `metric` over each window, divided by its length.
 *
 * Emits once per window the last event seen, with `metric` and `time` replaced. Holds a sum and two events. Windows go
 * by the clock, not by the events' times, so a late event counts when it arrives; the first window starts with the
 * first event. Windows without events yield zeros, with a ttl shorter by `interval` each time, until the last event's
 * ttl or `idle` is over; the next event starts a new first window.
 *
 * An event that says `expired` is not counted: it ends the series. Then, and at a stop, the sum of the unfinished
 * window is emitted at once, divided by the full `interval`. Ignores events whose metric is not a finite number.
 *
 * Unlike Riemann's, a sum is never carried over into a later window, and zeros come to an end; unlike the first
 * FastTS's, it divides by the length of the window, not by the time since the start.
 *
 * @param interval - Window length, seconds, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or an option is wrong.
 * @category Rates and statistics
 * @example
 * pipeline("requests per second", [filter((e) => e.service === "http"), rate(5), stdout()]);
 */
export function rate(interval: number, options: RateOptions = {}): Stage {
  checkOption("rate", "interval", interval, duration);
  checkKeys("rate", options, ["idle", "align"]);
  const { idle = 60 } = options;
  checkOption("rate", "idle", idle, notNegative);
  checkAlign("rate", options);
  const start: Start = ({ clock, emit }) => {
    let sum = 0;
    /** The last event of this window; `null` when it has none yet. */
    let last: Event | null = null;
    /** What the last window emitted, the pattern for zeros; `null` before the first window ends. */
    let emitted: Event | null = null;
    /** On the clock's `elapsed`. */
    let zerosUntil = 0;
    const grid = new ClockWindows(clock, interval, anchorOf(options, null), close);

    function close(now: number): void {
      if (last !== null) {
        emitted = last.with({ metric: sum / interval, time: now });
        zerosUntil = clock.elapsed() + secondsLeft(last, clock, idle, now);
        sum = 0;
        last = null;
      } else if (emitted !== null && clock.elapsed() <= zerosUntil) {
        emitted = emitted.with({
          metric: 0,
          time: now,
          ttl: emitted.ttl === null ? null : Math.max(0, emitted.ttl - interval),
        });
      } else {
        return end();
      }
      grid.open();
      emit(emitted);
    }

    function end(): void {
      if (last !== null) close(clock.now());
      grid.stop();
      emitted = null;
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return end();
        if (event.metric === null || !Number.isFinite(event.metric)) return;
        sum += event.metric;
        last = event;
        grid.open();
      },
      flush: end,
    };
  };
  return stage("rate", start, { memory: interval + idle, keepsLast: true });
}
