import { Event } from "../core/event.ts";
import { aFunction, checkOption } from "../core/option.ts";
import { isPromise } from "../core/promise.ts";
import { type Stage, type Start, show, stage } from "../core/stage.ts";
import { changingWith } from "../core/stateless.ts";
import { FastTsError } from "../errors.ts";

/** What the function of a `map` returns: an event, or `null` for none. */
export type Mapped = Event | null;

/**
 * Replaces each event with what `change` makes of it; `null` drops it.
 *
 * Emits at once and holds nothing, unless `change` is asynchronous: then events wait for one another, so that their
 * order is kept. If it throws or its promise rejects, the pipeline restarts.
 *
 * @param change - Called once per event, expired or not. Gives a new event (`e.with({ … })`, `event({ … })`), the same
 * one, `null`, or a promise of these; a promise of nothing counts as `null`, but a function that returns nothing at all
 * is refused: a `return` is easily forgotten.
 * @throws FastTsError `FTS_STAGE_OPTION` when `change` is not a function; `FTS_STAGE_MISUSE` at run time when it
 * returns something that is not an event.
 * @category Transform
 * @example
 * pipeline("in percent", [map((e) => (e.metric === null ? null : e.with({ metric: e.metric * 100 }))), stdout()]);
 */
export function map(change: (event: Event) => Mapped | PromiseLike<Mapped | undefined>): Stage {
  checkOption("map", "change", change, aFunction);
  const start: Start = ({ emit }) => {
    const other = (result: unknown): unknown => {
      if (result === null) return result;
      // A promise only when there is one to wait for: it costs twenty times the call.
      if (isPromise(result))
        return result.then((later) => (later instanceof Event ? emit(later) : other(later ?? null)));
      throw notAnEvent(result);
    };
    return changingWith(change, other);
  };
  return stage("map", start, { memory: 0 });
}

function notAnEvent(result: unknown): FastTsError {
  return new FastTsError(
    "FTS_STAGE_MISUSE",
    `map(change): must give an event, null or a promise of these, got ${show(result)}; ` +
      (result === undefined ? "is a return missing?" : "event({ … }) and e.with({ … }) make one"),
  );
}
