import type { Event } from "../core/event.ts";
import { checkKeys, checkOption, duration } from "../core/option.ts";
import type { AnyStages } from "../core/pipeline.ts";
import { type Stage, stage } from "../core/stage.ts";
import {
  checkTimeWindowOptions,
  type FixedWindowOptions,
  TIME_WINDOW_OPTIONS,
  windowOptions,
} from "../kit/time-window-options.ts";
import { TimeWindows } from "../kit/time-windows.ts";

/**
 * Gathers events into consecutive windows by their own times; the first window begins at the first event's time.
 *
 * Emits the list of a window's events, in the order they came, when it is over: when an event comes with a time past
 * its end and `grace`, or with `flush: "clock"` also when the clock gets there, for events whose times are close to the
 * clock's. A window without events becomes an empty list once a later event has come, at most `maxEmpty` in a row.
 * Holds at most `max` events; further ones are dropped and counted as `overflow`. At a stop the open windows are
 * emitted.
 *
 * An event whose window is over is late: it is dropped, counted, and handed to the stages of `late`. So is one with a
 * time beyond all calendars, ±8.64e12. An end belongs to the next window. Events without a metric and expired ones are
 * gathered like any other. An event that is further ahead of the clock than `--max-ahead`, 60 s, counts as now.
 *
 * @param seconds - Window length, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001 or an option is wrong,
 * `FTS_NOT_A_STAGE` when `late` is not a list of stages.
 * @category Windows
 * @example
 * pipeline("latency of each minute", [
 *   filter((e) => e.service === "api latency"),
 *   fixedTimeWindow(60, { grace: 5, flush: "clock", late: [tag("late"), stdout()] }),
 *   combine(folds.sample([0.5, 0.99])),
 *   stdout(),
 * ]);
 */
export function fixedTimeWindow<const Late extends AnyStages = []>(
  seconds: number,
  options: FixedWindowOptions<Late> = {},
): Stage<Event, readonly Event[]> {
  checkOption("fixedTimeWindow", "seconds", seconds, duration);
  checkKeys("fixedTimeWindow", options, [...TIME_WINDOW_OPTIONS, "maxEmpty"]);
  checkTimeWindowOptions("fixedTimeWindow", options);
  return stage<Event, readonly Event[]>(
    "fixedTimeWindow",
    (context) => new TimeWindows(context, seconds, null, options),
    windowOptions(seconds, options),
  );
}
