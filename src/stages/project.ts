import { type Event, weigh } from "../core/event.ts";
import { expire } from "../core/expiry.ts";
import { aFunction, checkKeys, checkOption, type Rule } from "../core/option.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import { type FoldOption, folding } from "../kit/folding.ts";
import { isHeldExpired, NO_GAPS, withGap } from "../kit/gaps.ts";
import type { Slot } from "../kit/key-levels.ts";
import { checkKeyedOptions, KEYED_OPTIONS, type KeyedOptions, startKeyedTable } from "../kit/keyed-options.ts";
import { compileKey, type Key } from "../kit/selector.ts";

/** One place for each predicate: the last event that it accepted, or `null`. */
export type Projection<Predicates extends readonly unknown[]> = {
  readonly [Place in keyof Predicates]: Event | null;
};

/** Whose events are put side by side. */
export interface ProjectOptions extends KeyedOptions {
  /** What keeps events apart, as for `by`: each key has places of its own. @default none: all share theirs */
  readonly key?: Key;
}

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
 * Holds an event for each place; with a `key` for each place of each key, at most `max` keys: beyond, the longest idle
 * is forgotten, counted, and starts over. A key without an event in any place is forgotten after `ttl` seconds. Events
 * without a metric are held like any other.
 *
 * @param predicates - Called once per event, each; one event may take several places.
 * @throws FastTsError `FTS_STAGE_OPTION` when `predicates` is not a list of functions, or an option is unknown or
 * wrong; `max` and `ttl` are there with a `key` only. `FTS_STAGE_MISUSE` at run time when a function returns an object,
 * such as the promise of an `async` function.
 * @category Windows
 * @example
 * pipeline("share of errors of each host", [
 *   project([(e) => e.service === "errors", (e) => e.service === "requests"], { key: "host" }),
 *   combine(folds.quotientSloppy),
 *   stdout(),
 * ]);
 * pipeline("errors without requests", [
 *   project([(e) => e.service === "errors", (e) => e.service === "requests"], {
 *     key: "host",
 *     fold: ([errors, requests]) => (requests === null ? errors : null),
 *   }),
 *   stdout(),
 * ]);
 */
export function project<const Predicates extends readonly [Predicate, ...Predicate[]]>(
  predicates: Predicates,
  options: ProjectOptions & FoldOption<Projection<Predicates>>,
): Stage;
export function project<const Predicates extends readonly [Predicate, ...Predicate[]]>(
  predicates: Predicates,
  options?: ProjectOptions,
): Stage<Event, Projection<Predicates>>;
// That the list has a place for each predicate, no more and no fewer, is beyond what the compiler follows.
export function project(
  predicates: readonly Predicate[],
  options: ProjectOptions & Partial<FoldOption<readonly (Event | null)[]>> = {},
): Stage<Event, Event | readonly (Event | null)[]> {
  checkOption("project", "predicates", predicates, predicatesRule);
  const { key, fold } = options;
  if (fold !== undefined) checkOption("project", "fold", fold, aFunction);
  checkKeys("project", options, ["key", "fold", ...(key === undefined ? [] : KEYED_OPTIONS)]);
  checkKeyedOptions("project", options);
  const path = key === undefined ? null : compileKey("project(key)", key);
  const start: Start<Event, Event | readonly (Event | null)[]> = (context) => {
    const { clock, defaultTtl } = context;
    const emit = fold === undefined ? context.emit : folding("project", { fold }, context);
    const create = (): readonly (Event | null)[] => predicates.map(() => null);
    const one = context.state(() => ({ value: create(), bytes: 0, gaps: NO_GAPS }));
    one.gaps = withGap(one.gaps, clock.now() - context.away, context.away);
    const table = path === null ? null : startKeyedTable(context, options, { ...path, create, isKept: isTaken });
    const onEvent: OnEvent = (event) => {
      let slot: Slot<readonly (Event | null)[]> | null = null;
      let more = 0;
      let filled: (Event | null)[] | null = null; // most events are for no place: nothing is made for them
      for (let at = 0; at < predicates.length; at++) {
        const answer = predicates[at]?.(event);
        if (answer !== true && !isYes("project(predicate)", answer)) continue;
        slot ??= table === null ? one : table.at(event);
        filled ??= [...slot.value];
        more += weigh(event) - bytesOf(filled[at]);
        filled[at] = event;
      }
      if (filled === null || slot === null) return;
      const now = clock.now();
      let places = filled; // one list for both, unless they differ; it is not touched again
      for (let at = 0; at < filled.length; at++) {
        const held = filled[at] ?? null;
        if (held === null || !isHeldExpired(held, clock, defaultTtl, now, one.gaps)) continue;
        if (places === filled) places = [...filled];
        places[at] = null;
        more -= weigh(held);
        filled[at] = expire(held, now);
      }
      slot.value = places;
      if (more !== 0) table?.grow(slot, more);
      emit(filled);
    };
    return { onEvent, isInitial: () => (table === null ? !isTaken(one.value) : table.size === 0) };
  };
  return stage("project", start, {
    memory: Number.POSITIVE_INFINITY,
    shape: [predicates, key],
    keepsLast: key === undefined,
    keyedBy: key,
    ...(fold === undefined && { changes: [] }),
  });
}

function isTaken(places: readonly (Event | null)[]): boolean {
  return places.some((event) => event !== null);
}

function bytesOf(event: Event | null | undefined): number {
  return event ? weigh(event) : 0;
}
