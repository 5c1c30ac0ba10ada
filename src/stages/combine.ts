import type { Event } from "../core/event.ts";
import type { Fold } from "../core/fold.ts";
import { aFunction, checkOption } from "../core/option.ts";
import { described, type Stage, type Start } from "../core/stage.ts";
import { folding } from "../kit/folding.ts";

/**
 * Makes one event of each list: what follows a window.
 *
 * Emits at once what `fold` returns: an event, each of several, or nothing for `null`. Holds nothing. Empty lists are
 * folded like any other; each of the `folds` says what expired events, missing ones and missing metrics do.
 *
 * @param fold - One of `folds`, or a function of the list and the clock's time.
 * @throws FastTsError `FTS_STAGE_OPTION` when `fold` is not a function; `FTS_STAGE_MISUSE` at run time when it returns
 * something that is not an event.
 * @category Windows
 * @example
 * pipeline("requests a minute", [fixedTimeWindow(60), combine(folds.sum), stdout()]);
 */
export function combine<In extends Event | null = Event>(fold: Fold<In>): Stage<readonly In[], Event> {
  checkOption("combine", "fold", fold, aFunction);
  const start: Start<readonly In[], Event> = (context) => folding("combine", { fold }, context);
  return described("combine", start, { takes: "lists", memory: 0 });
}
