import type { Event } from "./event.ts";

/**
 * All that a stage without state does with a value: whether it goes on, or what goes on in its place. What `start`
 * returns may be one of these: the engine then calls the function itself, and hands on what is to go on.
 */
export type Stateless<In> = Passing<In> | Changing<In>;

/** Passes on what `test` says yes to; `where` (`filter(test)`) begins the message when the answer is neither yes nor no. */
export interface Passing<In> {
  readonly kind: "passing";
  readonly where: string;
  readonly test: (value: In) => unknown;
}

/** Passes on the event that `change` gives. */
export interface Changing<In> {
  readonly kind: "changing";
  readonly change: (value: In) => unknown;
  /** Sees to what is no event; what it returns is waited for. */
  other(result: never): unknown;
}

/** The work of a stage that passes on the values to which `test` says yes, as {@link isYes} has it. */
export function passing<In = Event>(where: string, test: (value: In) => unknown): Passing<In> {
  return { kind: "passing", where, test };
}

/** The work of a stage that passes on the event that `change` makes of each value. */
export function changing<In = Event>(change: (value: In) => Event): Changing<In> {
  return { kind: "changing", change, other: () => {} };
}

/** The same where it may be something else, with which `other` deals. */
export function changingWith<In, Result>(
  change: (value: In) => Result,
  other: (result: Result) => unknown,
): Changing<In> {
  return { kind: "changing", change, other };
}
