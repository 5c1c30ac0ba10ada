import { FastTsError } from "../errors.ts";
import { Event } from "./event.ts";

/** A value that outlives its run when that is saved. Numbers may be `NaN` or infinite. */
export type Plain = number | string | boolean | null | Event | readonly Plain[] | { readonly [name: string]: Plain };

/** `T` as far as it is {@link Plain}: `never` stands where it is not. */
export type PlainOf<T> = T extends number | string | boolean | null | Event
  ? T
  : T extends (...given: never) => unknown
    ? never
    : T extends object
      ? { [Name in keyof T]: PlainOf<T[Name]> }
      : never;

/** An object of which all is {@link Plain}: `State extends PlainRecord<State>`. */
export type PlainRecord<State> = { readonly [Name in keyof State]: PlainOf<State[Name]> };

/**
 * State as it is at one moment, written bit by bit while events go on: a part whose turn comes later is written early when
 * it is about to change.
 */
export interface Cut {
  /** All is written, or it was given up. */
  readonly isOver: boolean;
  /** A list of that length whose values are asked for later, some at a time: they may come in one list again and again. */
  later(length: number, values: IterableIterator<readonly Plain[]>): Plain;
  /** Writes a part before its turn. Returns the number that {@link earlier} knows it by. */
  early(save: () => Plain): number;
  /** What stands for a part that was written early. */
  earlier(number: number): Plain;
  /** What it is of ends, or cannot be saved. */
  giveUp(): void;
}

/** What is to be saved of a part. */
export type SavePart<Part> = (part: Part, cut: Cut | null) => Plain;

/** Something with a state of its own that is no plain object, such as a table. */
export interface Savable {
  /**
   * What {@link restore} needs. It may share parts with the state: it is written out at once.
   *
   * @param cut - Takes what is long bit by bit; `null`, or left alone: all is saved at once.
   */
  save(cut: Cut | null): Plain;
  /** Gets what was saved, in place of the state of one that is new. Throws when it does not fit: the stage then starts anew. */
  restore(saved: Plain): void;
}

/** A call at a time that is part of the state. */
export interface Alarm {
  /** When it rings, by its clock; `Infinity`: it is not set. */
  readonly at: number;
  /**
   * It rings once, at this time, or at once when that has passed; no longer at the one it was set to before.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when `at` is not a number.
   */
  set(at: number): void;
  /**
   * To be called when it has rung, for work in steps: it rings for the same time again, before all that was to ring after
   * it. Events get their turn in between.
   *
   * @param at - What it rang for.
   */
  again(at: number): void;
  clear(): void;
}

/** The clock of an alarm. */
export interface AlarmOptions {
  /**
   * `"now"`: its times are those of `clock.now()`; one that passed while the daemon was down rings at once.
   * `"elapsed"`: those of `clock.elapsed()`, which stands still meanwhile, as silence is measured.
   * @default "now"
   */
  readonly by?: "now" | "elapsed";
}

/** The state that `made` is, with what was saved of it in place of its values; throws when the names are others. */
export function filledState<State extends object>(made: State, saved: Plain): State {
  const given = recordOf(saved);
  if (!hasNamesOf(made, given) || !hasNamesOf(given, made)) throw misfit(`the names ${Object.keys(made).join(", ")}`);
  // Into the object that was made, as the code that uses it is compiled for its shape.
  return Object.assign(made, given);
}

function hasNamesOf(one: object, other: object): boolean {
  for (const name in other) if (!Object.hasOwn(one, name)) return false;
  return true;
}

/** All values of lists, each of which is read before the next is asked for. */
export function valuesOf(lists: Iterable<readonly Plain[]>): Plain[] {
  const values: Plain[] = [];
  for (const list of lists) for (const value of list) values.push(value);
  return values;
}

/** What was saved as a list. */
export function listOf(saved: Plain | undefined): readonly Plain[] {
  if (isList(saved)) return saved;
  throw misfit("a list");
}

/** What was saved as a number. */
export function numberOf(saved: Plain | undefined): number {
  if (typeof saved === "number") return saved;
  throw misfit("a number");
}

/** What was saved as an event. */
export function eventOf(saved: Plain | undefined): Event {
  if (saved instanceof Event) return saved;
  throw misfit("an event");
}

function isList(saved: Plain | undefined): saved is readonly Plain[] {
  return Array.isArray(saved);
}

function recordOf(saved: Plain): object {
  if (typeof saved === "object" && saved !== null && !isList(saved) && !(saved instanceof Event)) return saved;
  throw misfit("a record");
}

/** The stage starts anew: the message is for who looks for the reason. */
export function misfit(expected: string): FastTsError {
  return new FastTsError("FTS_STAGE_MISUSE", `what was saved does not fit: expected ${expected}`);
}
