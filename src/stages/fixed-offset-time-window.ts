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
 * As {@link fixedTimeWindow}, with windows that begin at the multiples of their length since 1970, so that they are the
 * same on all hosts and for all keys: with 60, windows are minutes of the events' clocks.
 *
 * @param seconds - Window length, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001 or an option is wrong,
 * `FTS_NOT_A_STAGE` when `late` is not a list of stages.
 * @category Windows
 * @example
 * pipeline("bytes of each hour", [
 *   by("host", [fixedOffsetTimeWindow(3600, { grace: 60, flush: "clock" }), combine(folds.sum)]),
 *   stdout(),
 * ]);
 */
export function fixedOffsetTimeWindow<const Late extends AnyStages = []>(
  seconds: number,
  options: FixedWindowOptions<Late> = {},
): Stage<Event, readonly Event[]> {
  checkOption("fixedOffsetTimeWindow", "seconds", seconds, duration);
  checkKeys("fixedOffsetTimeWindow", options, [...TIME_WINDOW_OPTIONS, "maxEmpty"]);
  checkTimeWindowOptions("fixedOffsetTimeWindow", options);
  return stage<Event, readonly Event[]>(
    "fixedOffsetTimeWindow",
    (context) => new TimeWindows(context, seconds, 0, options),
    windowOptions(seconds, options),
  );
}
