import type { Event } from "../core/event.ts";
import { atLeastOne, checkOption } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { HeldEvents } from "../kit/held-events.ts";

/**
 * Gives for each event the list of the last `n`, itself included, oldest first.
 *
 * Emits at once, shorter lists until there are `n`. Holds `n` events; each costs a copy of the list. Goes by the order
 * in which they come, whatever their times; events without a metric and expired ones are treated like any other.
 *
 * @param n - Length of the list, a whole number >= 1.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 1.
 * @category Windows
 * @example
 * pipeline("smoothed", [by(["host", "service"], [movingEventWindow(5), combine(folds.mean)]), stdout()]);
 */
export function movingEventWindow(n: number): Stage<Event, readonly Event[]> {
  checkOption("movingEventWindow", "n", n, atLeastOne);
  const start: Start<Event, readonly Event[]> = (context) => {
    const { emit } = context;
    const held = new HeldEvents(context);
    const onEvent: OnEvent = (event) => {
      if (held.length === n) held.shift();
      held.push(event);
      emit(held.copy());
    };
    return { onEvent, isInitial: () => held.length === 0 };
  };
  return stage("movingEventWindow", start, { memory: Number.POSITIVE_INFINITY, changes: [], shape: [n] });
}
