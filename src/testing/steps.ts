import { Event, type EventFields, event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { checkFields } from "./event-fields.ts";

/** Virtual time that passes: see {@link wait}. */
export interface Wait {
  readonly wait: number;
}

/** An event and when it comes: see {@link at}. */
export interface At {
  readonly at: number;
  readonly event: EventFields | Event;
}

/** An event (without `time` it gets the virtual now), a {@link wait}, or an event {@link at} a second. */
export type Step = EventFields | Event | Wait | At;

/**
 * Lets virtual time pass.
 *
 * @param seconds - How long, seconds, >= 0.
 * @throws FastTsError `FTS_TEST` when it is no such number.
 */
export function wait(seconds: number): Wait {
  if (!(Number.isFinite(seconds) && seconds >= 0))
    throw new FastTsError("FTS_TEST", `wait(seconds): must be a finite number >= 0, got ${show(seconds)}`);
  return { wait: seconds };
}

/**
 * An event that comes when the virtual clock shows `second`; its `time` is that too, unless it has its own.
 *
 * @param second - On the virtual clock, not from now.
 * @throws FastTsError `FTS_TEST` when `second` is not a finite number.
 */
export function at(second: number, fields: EventFields | Event): At {
  if (!Number.isFinite(second))
    throw new FastTsError("FTS_TEST", `at(second, event): must be a finite number, got ${show(second)}`);
  return { at: second, event: fields };
}

/** What a step comes to: the second up to which time passes, if it does, and the event that comes then, if any. */
export interface Move {
  readonly until: number | null;
  readonly event: Event | null;
}

/** Maximum time that passes in one step: a year. More is a Unix time on a clock that started at 0. */
const MAX_STEP_SECONDS = 366 * 86_400;

/**
 * Reads a step.
 *
 * @param where - Begins the message when it makes no sense: `steps[3]`.
 * @param isFollowing - Whether time passes up to an event's own `time`.
 */
export function readStep(step: Step, now: number, where: string, isFollowing: boolean): Move {
  if (typeof step !== "object" || step === null || Array.isArray(step))
    throw wrong(where, `must be an event, wait(seconds) or at(second, event), got ${show(step)}`);
  if ("wait" in step) return { until: checkJump(now, now + wait(step.wait).wait, where), event: null };
  if ("at" in step) {
    const { at: second } = at(step.at, step.event);
    if (second < now) throw wrong(where, `at(${second}, …) is in the past: the clock shows ${now} already`);
    return { until: checkJump(now, second, where), event: readEvent(step.event, second, `${where}, at(${second}, …)`) };
  }
  const read = readEvent(step, now, where);
  // A time in the past is that of a late event, which comes now.
  return { until: isFollowing && read.time > now ? checkJump(now, read.time, where) : null, event: read };
}

function readEvent(given: EventFields | Event, now: number, where: string): Event {
  if (given instanceof Event) return given;
  if (typeof given !== "object" || given === null) throw wrong(where, `must be an event, got ${show(given)}`);
  checkFields(where, given);
  return event({ ...given, time: given.time ?? now });
}

/** Throws unless this much time may pass in one step. */
export function checkJump(from: number, to: number, where: string): number {
  if (to - from <= MAX_STEP_SECONDS) return to;
  const hint = "times on the wall clock need a virtual clock that starts near them: routes(path, { start })";
  throw wrong(where, `time would pass from ${from} to ${to}, more than a year in one step: ${hint}`);
}

function wrong(where: string, what: string): FastTsError {
  return new FastTsError("FTS_TEST", `${where}: ${what}`);
}
