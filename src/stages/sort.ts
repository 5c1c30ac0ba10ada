import type { Event } from "../core/event.ts";
import { checkKeys, checkOption, duration } from "../core/option.ts";
import type { AnyStages } from "../core/pipeline.ts";
import { type Stage, stage } from "../core/stage.ts";
import { compileKey, type Key, type Select } from "../kit/selector.ts";
import {
  checkTimeWindowOptions,
  TIME_WINDOW_OPTIONS,
  type TimeWindowOptions,
  windowOptions,
} from "../kit/time-window-options.ts";
import { TimeWindows } from "../kit/time-windows.ts";

/**
 * Gathers events for a while and emits them sorted, lowest first: events that came out of order are in order again.
 *
 * Emits one list for each window of `fixedTimeWindow`, with its options, but none for a window without events; equal
 * ones stay in the order they came. Numbers are sorted before strings, and `null` and `NaN` come last. Holds at most
 * `max` events; further ones are dropped and counted as `overflow`. At a stop the open windows are emitted. Expired
 * events are sorted like any other. With a list of values the second one orders what is equal in the first, and so on.
 *
 * @param seconds - Window length, >= 0.001.
 * @param value - What to sort by: a field or an attribute by its name (`"time"`, `"attributes.zone"`), or a function
 * that returns a string, number, boolean or nothing; or a list of these.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001, `value` neither a field nor a
 * function, or an option is wrong, `FTS_NOT_A_STAGE` when `late` is not a list of stages.
 * @category Windows
 * @example
 * pipeline("slowest last", [sort(10, "metric", { flush: "clock" }), combine((events) => events), stdout()]);
 * pipeline("host by host", [sort(10, ["host", "time"], { flush: "clock" }), sflatten(), stdout()]);
 */
export function sort<const Late extends AnyStages = []>(
  seconds: number,
  value: Key = "time",
  options: TimeWindowOptions<Late> = {},
): Stage<Event, readonly Event[]> {
  checkOption("sort", "seconds", seconds, duration);
  const { above, key } = compileKey("sort(value)", value);
  const selects = [...above, key];
  checkKeys("sort", options, TIME_WINDOW_OPTIONS);
  checkTimeWindowOptions("sort", options);
  return stage<Event, readonly Event[]>(
    "sort",
    (context) => {
      const give = (events: readonly Event[]): void => context.emit(sorted(events, selects));
      return new TimeWindows(context, seconds, null, { ...options, maxEmpty: 0 }, give);
    },
    windowOptions(seconds, options),
  );
}

function sorted(events: readonly Event[], selects: readonly Select[]): readonly Event[] {
  const keyed = events.map((event) => ({ event, values: selects.map((select) => select(event)) }));
  return keyed.sort((a, b) => compareAll(a.values, b.values)).map(({ event }) => event);
}

function compareAll(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, value] of a.entries()) {
    const order = compare(value, b[at] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

type Value = ReturnType<Select>;

function compare(a: Value, b: Value): number {
  const order = rank(a) - rank(b);
  if (order !== 0 || a === null || b === null || a === b) return order;
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(value: Value): number {
  if (value === null || Number.isNaN(value)) return 2;
  return typeof value === "string" ? 1 : 0;
}
