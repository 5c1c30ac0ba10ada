import { Event } from "../core/event.ts";
import type { Folded } from "../core/fold.ts";
import { type Context, show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/** What becomes of a stage's lists. */
export interface FoldOption<Events> {
  /**
   * Makes one event of each list, as `combine` after the stage would; its function knows the list's type.
   * @default none: the lists are emitted
   */
  readonly fold: (events: Events, now: number) => Folded;
}

/** Emits what `fold` makes of a list; `where` (`combine`) begins the message when that is no event. */
export function folding<Events>(
  where: string,
  { fold }: FoldOption<Events>,
  { clock, emit }: Pick<Context, "clock" | "emit">,
): (events: Events) => void {
  const emitEach = eachFolded(where, emit);
  return (events) => emitEach(fold(events, clock.now()));
}

/** Calls `take` with each event that a fold returned. */
export function eachFolded(where: string, take: (event: Event) => void): (folded: unknown) => void {
  const one = (folded: unknown): void => {
    if (folded instanceof Event) return take(folded);
    throw new FastTsError(
      "FTS_STAGE_MISUSE",
      `${where}(fold): must give an event, events or null, got ${show(folded)}`,
    );
  };
  return (folded) => {
    if (folded === null || folded === undefined) return;
    if (Array.isArray(folded)) for (const event of folded) one(event);
    else one(folded);
  };
}
