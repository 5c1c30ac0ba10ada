import { type Event, weigh } from "../core/event.ts";
import { checkKeys, checkOption, duration } from "../core/option.ts";
import type { AnyStages } from "../core/pipeline.ts";
import { type Stage, stage } from "../core/stage.ts";
import { weighAll } from "../core/weigh.ts";
import {
  checkTimeWindowOptions,
  startLate,
  TIME_WINDOW_OPTIONS,
  type TimeWindowOptions,
  windowOptions,
} from "../kit/time-window-options.ts";
import { sumOf } from "../kit/window-edges.ts";

/**
 * For each event, emits the list of all events of the last `seconds`, by their own times.
 *
 * Emits at once, in the order they came, the events with times after `latest − seconds`, where `latest` is the latest
 * of all; an older event is late: it is dropped, counted, and handed to the stages of `late`. With `flush: "clock"` an
 * event also leaves when the clock passes its time and `seconds` and `grace`, and the list without it is emitted, down
 * to the empty one; `grace` is of no use otherwise. Holds at most `max` events; beyond, the oldest leaves early,
 * counted as `overflow`. Events without a metric and expired ones are treated like any other. Costs a copy of the list
 * for each event: for many events a fixed window is cheaper.
 *
 * @param seconds - Window length, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001 or an option is wrong,
 * `FTS_NOT_A_STAGE` when `late` is not a list of stages.
 * @category Windows
 * @example
 * pipeline("logins of the last minute", [
 *   filter((e) => e.service === "login"),
 *   movingTimeWindow(60, { flush: "clock" }),
 *   combine(folds.count),
 *   stdout(),
 * ]);
 */
export function movingTimeWindow<const Late extends AnyStages = []>(
  seconds: number,
  options: TimeWindowOptions<Late> = {},
): Stage<Event, readonly Event[]> {
  checkOption("movingTimeWindow", "seconds", seconds, duration);
  checkKeys("movingTimeWindow", options, TIME_WINDOW_OPTIONS);
  checkTimeWindowOptions("movingTimeWindow", options);
  const { grace = 0, flush = "event", max = 10_000 } = options;
  const lag = sumOf(seconds, grace);
  return stage<Event, readonly Event[]>(
    "movingTimeWindow",
    (context) => {
      const { clock, emit, held: report } = context;
      context.forgets({ evict });
      const late = startLate(context, options);
      const own = context.state(() => ({
        held: [] as Event[],
        /** Events with this time or an earlier one have left. */
        cutoff: Number.NEGATIVE_INFINITY,
        /** The time of the event that the alarm is for. */
        timed: Number.POSITIVE_INFINITY,
      }));
      report(weighAll(own.held));
      const leaving = flush === "clock" ? context.alarm(leave) : null;

      function leaveUntil(time: number): void {
        if (!(time > own.cutoff)) return;
        own.cutoff = time;
        const before = own.held;
        own.held = before.filter((event) => clock.timeOf(event) > time);
        if (own.held.length < before.length) report(weighAll(own.held) - weighAll(before));
      }

      /** The oldest, by arrival, leaves early. */
      function evict(): boolean {
        const event = own.held.shift();
        if (event === undefined) return false;
        report(-weigh(event));
        context.dropped(1, "overflow");
        return true;
      }

      function planLeave(time: number): void {
        own.timed = time;
        leaving?.set(sumOf(time, lag));
      }

      function leave(): void {
        const before = own.held.length;
        leaveUntil(Math.max(own.timed, sumOf(clock.now(), -lag)));
        planLeave(own.held.reduce((first, event) => Math.min(first, clock.timeOf(event)), Number.POSITIVE_INFINITY));
        if (own.held.length < before) emit(own.held.slice());
      }

      return (event) => {
        // The clock was set back: the events held count as now.
        if (own.cutoff > clock.latest()) own.cutoff = sumOf(clock.now(), -seconds);
        const time = clock.timeOf(event);
        const left = flush === "clock" ? Math.max(own.cutoff, sumOf(clock.now(), -lag)) : own.cutoff;
        if (!(time > left)) return late(event);
        leaveUntil(sumOf(time, -seconds));
        if (own.held.length >= max) evict();
        own.held.push(event);
        report(weigh(event));
        if (time < own.timed) planLeave(time);
        emit(own.held.slice());
      };
    },
    windowOptions(seconds, options),
  );
}
