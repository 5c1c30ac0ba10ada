import type { Event } from "./event.ts";

/** What a fold may return: an event, several, or nothing. */
export type Folded = Event | readonly Event[] | null | undefined;

/**
 * Makes one event of many: `folds` has the usual ones, and any function will do. `now` is the clock's time, for a fold
 * that makes a new event.
 */
export type Fold<In extends Event | null = Event> = (events: readonly In[], now: number) => Folded;

const names = new WeakMap<object, string>();

/** Names folds, for messages. */
export function nameFolds(folds: Readonly<Record<string, object>>): void {
  for (const [name, fold] of Object.entries(folds)) names.set(fold, name);
}

/** The name of one of these, `mean`; `null` for anything else. */
export function foldName(value: object): string | null {
  return names.get(value) ?? null;
}
