import type { Event } from "../core/event.ts";
import { expire, isExpired } from "../core/expiry.ts";
import { checkOption, type Rule } from "../core/option.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";

/** A place for each predicate: the last event it said yes to, or `null`. */
export type Projection<Predicates extends readonly unknown[]> = {
  readonly [Place in keyof Predicates]: Event | null;
};

const predicatesRule: Rule = {
  must: "a list of at least one function",
  test: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "function"),
};

/**
 * Puts side by side the last event for each of some predicates, for a fold that compares them.
 *
 * Emits, for each event that one of `predicates` says yes to, a list with a place for each: the last event that came
 * for it, or `null`. An event that has expired, by its state or its ttl (60 s when it has none), is there once more,
 * with nothing but host, service and the state `expired`, then its place is `null`. Drops events that are for no place.
 * Holds an event for each. Events without a metric are held as any other.
 *
 * @param predicates - Called once per event, each; one event may take several places.
 * @throws FastTsError `FTS_STAGE_OPTION` when `predicates` is no list of functions; `FTS_STAGE_MISUSE` in the run when
 * one gives an object, such as the promise of an `async` function.
 * @category Windows
 * @example
 * pipeline("share of errors", [
 *   project([(e) => e.service === "errors", (e) => e.service === "requests"]),
 *   combine(folds.quotientSloppy),
 *   stdout(),
 * ]);
 */
export function project<const Predicates extends readonly [Predicate, ...Predicate[]]>(
  predicates: Predicates,
): Stage<Event, Projection<Predicates>>;
// That the list has a place for each predicate, no more and no fewer, is beyond what the compiler follows.
export function project(predicates: readonly Predicate[]): Stage<Event, readonly (Event | null)[]> {
  checkOption("project", "predicates", predicates, predicatesRule);
  return stage<Event, readonly (Event | null)[]>("project", ({ clock, defaultTtl, emit }) => {
    let places: (Event | null)[] = predicates.map(() => null);
    return (event) => {
      let filled: (Event | null)[] | null = null; // most events are for no place: nothing is made for them
      for (let at = 0; at < predicates.length; at++) {
        const answer = predicates[at]?.(event);
        if (answer !== true && !isYes("project(predicate)", answer)) continue;
        filled ??= [...places];
        filled[at] = event;
      }
      if (filled === null) return;
      const now = clock.now();
      places = filled; // one list for both, unless they differ; it is not touched again
      for (let at = 0; at < filled.length; at++) {
        const held = filled[at] ?? null;
        if (held === null || !isExpired(held, now, defaultTtl)) continue;
        if (places === filled) places = [...filled];
        places[at] = null;
        filled[at] = expire(held, now);
      }
      emit(filled);
    };
  });
}
