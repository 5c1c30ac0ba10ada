import type { Event } from "../core/event.ts";
import { hasTtl, secondsLeft } from "../core/expiry.ts";
import { checkKeys, checkOption, duration, notNegative } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";

/** When an `interpolateConstant` speaks, and for how long. */
export interface InterpolateConstantOptions extends AlignOptions {
  /**
   * Seconds >= 0 for which an event without a ttl is repeated; one that has a ttl is repeated until its `time + ttl`.
   * @default 60
   */
  readonly idle?: number;
}

/**
 * Repeats the last event every `interval` seconds, whether events come often or seldom: a series with even steps.
 *
 * Emits the first event at once, then every `interval` seconds the newest, with `time` replaced: by now, and by the end
 * of the step. The events in between are not emitted. Ends with the last event's ttl, or `idle`, and with an event that
 * says `expired`, which is emitted as it is; the next event is a first one. Holds one event. Goes by the clock, not by
 * the events' times; events without a metric are repeated like any other.
 *
 * Unlike Riemann's, the repetition of an event without ttl comes to an end.
 *
 * @param interval - Seconds from one to the next, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or an option is wrong.
 * @category State and change
 * @example
 * pipeline("a point every ten seconds", [by(["host", "service"], [interpolateConstant(10)]), stdout()]);
 */
export function interpolateConstant(interval: number, options: InterpolateConstantOptions = {}): Stage {
  checkOption("interpolateConstant", "interval", interval, duration);
  checkKeys("interpolateConstant", options, ["idle", "align"]);
  const { idle = 60 } = options;
  checkOption("interpolateConstant", "idle", idle, notNegative);
  checkAlign("interpolateConstant", options);
  const start: Start = (context) => {
    const { clock, emit, state } = context;
    /** Times on the clock's `elapsed`; `until` is null before the end of the step in which the last event came. */
    const own = state(() => ({ last: null as Event | null, cameAt: 0, until: null as number | null }));
    const windows = new ClockWindows(context, interval, anchorOf(options, null), (end) => {
      const { last } = own;
      if (last === null) return;
      const elapsed = clock.elapsed();
      own.until ??= hasTtl(last) ? elapsed + secondsLeft(last, clock, idle, end) : own.cameAt + idle;
      if (elapsed > own.until) return finish();
      windows.open();
      emit(last.with({ time: end }));
    });

    function finish(): void {
      own.last = null;
      windows.stop();
    }

    return (event) => {
      if (event.state === "expired") {
        finish();
        return emit(event);
      }
      const isFirst = own.last === null;
      own.last = event;
      own.cameAt = clock.elapsed();
      own.until = null;
      windows.open();
      if (isFirst) emit(event.with({ time: clock.now() }));
    };
  };
  return stage("interpolateConstant", start, {
    memory: interval + idle,
    changes: ["time"],
    shape: [interval, options.align],
    keepsLast: true,
  });
}
