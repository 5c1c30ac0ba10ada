import type { Event } from "../core/event.ts";
import { atLeastOne, checkOption } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { HeldEvents } from "../kit/held-events.ts";

/**
 * Gathers events into lists of `n`.
 *
 * Emits with each n-th event; at a stop, a shorter list of the rest. Holds fewer than `n` events, for as long as it
 * takes: `batch` has a limit of time. Events without a metric and expired ones are gathered like any other.
 *
 * @param n - Length of the list, a whole number >= 1.
 * @throws FastTsError `FTS_STAGE_OPTION` when `n` is not a whole number >= 1.
 * @category Windows
 * @example
 * pipeline("one of a hundred", [by("service", [fixedEventWindow(100), combine(folds.median)]), stdout()]);
 */
export function fixedEventWindow(n: number): Stage<Event, readonly Event[]> {
  checkOption("fixedEventWindow", "n", n, atLeastOne);
  const start: Start<Event, readonly Event[]> = (context) => {
    const { emit } = context;
    const held = new HeldEvents(context);

    function giveOut(): void {
      if (held.length > 0) emit(held.take());
    }

    return {
      onEvent: (event) => {
        held.push(event);
        if (held.length >= n) giveOut();
      },
      flush: giveOut,
      isInitial: () => held.length === 0,
    };
  };
  return stage("fixedEventWindow", start, { memory: Number.POSITIVE_INFINITY, changes: [], shape: [n] });
}
