import { MIN_SECONDS } from "../core/clock.ts";
import { type Event, withMetric } from "../core/event.ts";
import { secondsLeft } from "../core/expiry.ts";
import { checkKeys, checkOption, duration, notNegative } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";

/** What a `ddt` with an interval says, and when. */
export interface DdtOptions extends AlignOptions {
  /**
   * Seconds >= 0 for which zeros follow the last window that had an event, when that event has no ttl; when it has one,
   * they go on until its `time + ttl`. 0: no zeros.
   * @default 60
   */
  readonly idle?: number;
}

/**
 * The slope of a metric: how much it grows in a second, by the times of the events.
 *
 * Without an interval: emits each event at once with the slope from the previous event as its metric, except the first
 * and one of the same time as the previous one. Holds one event. An event older than the previous one yields the slope
 * between the two just the same.
 *
 * With an interval: emits at the end of each window the last event, with `time` replaced by that end and the slope from
 * the last event of the previous window (in the first window, from the first event), 0 when none came since or it has
 * the same time. Windows go by the clock; the first starts with the first event. The zeros end with the last event's
 * ttl, or `idle`, and with an event that says `expired`, which is not counted; the next event is a first one. At a stop
 * the unfinished window is emitted, when it had an event. Holds two events.
 *
 * Ignores events whose metric is not a finite number. A counter that starts over at 0 gives a negative slope.
 *
 * @param interval - Window length, seconds, >= 0.001; left out, every event is compared with the previous one.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or an option is wrong; options need
 * an interval.
 * @category Rates and statistics
 * @example
 * pipeline("bytes a second", [filter((e) => e.service === "bytes sent"), by("host", [ddt()]), over(0), stdout()]);
 */
export function ddt(interval?: number, options: DdtOptions = {}): Stage {
  checkKeys("ddt", options, interval === undefined ? [] : ["idle", "align"]);
  if (interval === undefined)
    return stage("ddt", betweenEvents, {
      memory: Number.POSITIVE_INFINITY,
      changes: ["metric"],
      shape: [],
      keepsLast: true,
    });
  checkOption("ddt", "interval", interval, duration);
  const { idle = 60 } = options;
  checkOption("ddt", "idle", idle, notNegative);
  checkAlign("ddt", options);
  return stage("ddt", betweenWindows(interval, idle, options), {
    memory: interval + idle,
    changes: ["metric", "time"],
    shape: [interval, options.align],
    keepsLast: true,
  });
}

const betweenEvents: Start = ({ emit, state }) => {
  const own = state(() => ({ previous: null as Event | null }));
  const onEvent: OnEvent = (event) => {
    if (!isMeasured(event)) return;
    const slope = own.previous === null ? null : slopeOf(own.previous, event);
    own.previous = event;
    if (slope !== null) emit(withMetric(event, slope));
  };
  return { onEvent, isInitial: () => own.previous === null };
};

function betweenWindows(interval: number, idle: number, options: AlignOptions): Start {
  return (context) => {
    const { clock, emit, state } = context;
    const own = state(() => ({
      newest: null as Event | null,
      /** The newest of the previous window; in the first window the first event. */
      base: null as Event | null,
      /** Whether `newest` is of this window, and whether it is another than `base`. */
      hasNew: false,
      hasOther: false,
      /** On the clock's `elapsed`. */
      zerosUntil: 0,
    }));
    const windows = new ClockWindows(context, interval, anchorOf(options, null), close);

    function close(end: number, elapsed: number): void {
      const { newest, base } = own;
      if (newest === null || base === null) return;
      if (own.hasNew) own.zerosUntil = elapsed + secondsLeft(newest, clock, idle, end);
      else if (elapsed > own.zerosUntil + MIN_SECONDS) return finish();
      const metric = slopeOf(base, newest) ?? 0;
      own.base = newest;
      own.hasNew = false;
      own.hasOther = false;
      windows.open();
      emit(newest.with({ metric, time: end }));
    }

    function finish(): void {
      own.newest = null;
      own.base = null;
      own.hasNew = false;
      own.hasOther = false;
      windows.stop();
    }

    function giveOut(): void {
      if (own.hasOther) close(clock.now(), clock.elapsed());
      finish();
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return giveOut();
        if (!isMeasured(event)) return;
        own.newest = event;
        own.hasNew = true;
        own.hasOther = own.base !== null;
        own.base ??= event;
        windows.open();
      },
      flush: giveOut,
    };
  };
}

function isMeasured({ metric }: Event): boolean {
  return metric !== null && Number.isFinite(metric);
}

/** `null` when both have the same time. */
function slopeOf(from: Event, to: Event): number | null {
  const seconds = to.time - from.time;
  return seconds === 0 ? null : ((to.metric ?? 0) - (from.metric ?? 0)) / seconds;
}
