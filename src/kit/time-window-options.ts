import type { Event } from "../core/event.ts";
import { atLeastOne, checkOption, count, notNegative, oneOf } from "../core/option.ts";
import type { AnyStages, Chain } from "../core/pipeline.ts";
import { type Branch, type Context, checkStages, type StageOptions } from "../core/stage.ts";

/** When a window of event time is over, what becomes of events that come after, and how many are held. */
export interface TimeWindowOptions<Late extends AnyStages = []> extends Policy {
  /** Stages for late events, which are counted as dropped all the same; what they emit ends there. @default none */
  readonly late?: Late & Chain<Event, Late>;
}

/** As {@link TimeWindowOptions}, and what becomes of windows without an event. */
export interface FixedWindowOptions<Late extends AnyStages = []> extends TimeWindowOptions<Late>, MaxEmpty {}

interface MaxEmpty {
  /** Maximum empty lists for a gap, one for each window without events; 0: none. @default 1000 */
  readonly maxEmpty?: number;
}

interface Policy {
  /** Seconds >= 0 for which a window waits for late events after its end. @default 0 */
  readonly grace?: number;
  /**
   * What tells that a window's end and `grace` are over: `"event"`, an event with such a time; `"clock"`, the clock as
   * well, so that nothing is held for long when no more events come.
   * @default "event"
   */
  readonly flush?: "event" | "clock";
  readonly late?: AnyStages;
  /** How many events are held; a whole number >= 1. @default 100_000, for a moving window 10_000 */
  readonly max?: number;
}

/** All of these options, when nothing more needs to be known about the stages of `late`. */
export type AnyWindowOptions = Policy & MaxEmpty;

/** The names of {@link TimeWindowOptions}, for `checkKeys`. */
export const TIME_WINDOW_OPTIONS = ["flush", "grace", "late", "max"] as const;

/** Throws `FTS_STAGE_OPTION` on a bad option, `FTS_NOT_A_STAGE` when `late` is not a list of stages. */
export function checkTimeWindowOptions(stage: string, options: AnyWindowOptions): void {
  const { grace, flush, late, max, maxEmpty } = options;
  if (grace !== undefined) checkOption(stage, "grace", grace, notNegative);
  if (flush !== undefined) checkOption(stage, "flush", flush, oneOf("event", "clock"));
  if (late !== undefined) checkStages(`${stage}(late)`, late);
  if (max !== undefined) checkOption(stage, "max", max, atLeastOne);
  if (maxEmpty !== undefined) checkOption(stage, "maxEmpty", maxEmpty, count);
}

/** The memory and the shape of a stage with windows of `seconds` and these options. */
export function windowOptions(seconds: number, { late, grace = 0, flush = "event" }: AnyWindowOptions): StageOptions {
  return {
    memory: seconds + grace,
    changes: [],
    shape: [seconds, flush],
    ...(late !== undefined && { branches: { late } }),
  };
}

/** What a live stage does with a late event: counts it, and hands it to the stages of `late`. */
export function startLate<Out>(context: Context<Out>, { late }: AnyWindowOptions): (event: Event) => void {
  const branch: Branch | null = late === undefined ? null : context.branch("late", endHere);
  return (event) => {
    context.dropped(1, "late");
    branch?.receive(event);
  };
}

function endHere(): void {}
