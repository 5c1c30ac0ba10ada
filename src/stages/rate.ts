import { MIN_SECONDS } from "../core/clock.ts";
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
  const start: Start = (context) => {
    const { clock, emit } = context;
    const own = context.state(() => ({
      sum: 0,
      /** The last event of this window; `null` when it has none yet. */
      last: null as Event | null,
      /** What the last window emitted, the pattern for zeros; `null` before the first window ends. */
      emitted: null as Event | null,
      /** On the clock's `elapsed`. */
      zerosUntil: 0,
    }));
    const windows = new ClockWindows(context, interval, anchorOf(options, null), close);

    function close(now: number, elapsed: number): void {
      const { last, emitted } = own;
      if (last !== null) {
        own.emitted = last.with({ metric: own.sum / interval, time: now });
        own.zerosUntil = elapsed + secondsLeft(last, clock, idle, now);
        own.sum = 0;
        own.last = null;
      } else if (emitted !== null && elapsed <= own.zerosUntil + MIN_SECONDS) {
        const ttl = emitted.ttl === null ? null : Math.max(0, emitted.ttl - interval);
        own.emitted = emitted.with({ metric: 0, time: now, ttl });
      } else {
        return end();
      }
      windows.open();
      emit(own.emitted);
    }

    function end(): void {
      if (own.last !== null) close(clock.now(), clock.elapsed());
      windows.stop();
      own.emitted = null;
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return end();
        if (event.metric === null || !Number.isFinite(event.metric)) return;
        own.sum += event.metric;
        own.last = event;
        windows.open();
      },
      flush: end,
    };
  };
  return stage("rate", start, {
    memory: interval + idle,
    shape: [interval, options.align],
    keepsLast: true,
    changes: ["metric", "time", "ttl"],
  });
}
