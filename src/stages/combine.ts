import { Event } from "../core/event.ts";
import type { Fold } from "../core/fold.ts";
import { aFunction, checkOption } from "../core/option.ts";
import { type Stage, type Start, show, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/**
 * Makes one event of each list: what follows a window.
 *
 * Emits at once what `fold` gives: an event, each of several, or nothing for `null`. Holds nothing. Empty lists are
 * folded as any other; what expired events, missing ones and missing metrics do is said at each of the `folds`.
 *
 * @param fold - One of `folds`, or a function of the list; given the clock's time as well.
 * @throws FastTsError `FTS_STAGE_OPTION` when `fold` is no function; `FTS_STAGE_MISUSE` in the run when it gives
 * something that is no event.
 * @category Windows
 * @example
 * pipeline("requests a minute", [fixedTimeWindow(60), combine(folds.sum), stdout()]);
 */
export function combine<In extends Event | null = Event>(fold: Fold<In>): Stage<readonly In[], Event> {
  checkOption("combine", "fold", fold, aFunction);
  const start: Start<readonly In[], Event> = ({ clock, emit }) => {
    return (events) => {
      const folded: unknown = fold(events, clock.now());
      if (folded instanceof Event) emit(folded);
      else if (Array.isArray(folded)) for (const one of folded) emit(checked(one));
      else if (folded !== null && folded !== undefined) checked(folded);
    };
  };
  return stage("combine", start, { memory: 0 });
}

function checked(folded: unknown): Event {
  if (folded instanceof Event) return folded;
  throw new FastTsError("FTS_STAGE_MISUSE", `combine(fold): must give an event, events or null, got ${show(folded)}`);
}
