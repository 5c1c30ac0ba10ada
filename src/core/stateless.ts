import type { Event } from "./event.ts";

/**
 * The work of a stage without state: whether a value goes on, or what goes on in its place. `start` may return one of
 * these; the engine then calls the function itself, and passes the result on.
 */
export type Stateless<In> = Passing<In> | Changing<In>;

/**
 * Passes values for which `test` says yes; `where` (`filter(test)`) begins the message when the answer is neither yes
 * nor no.
 */
export interface Passing<In> {
  readonly kind: "passing";
  readonly where: string;
  readonly test: (value: In) => unknown;
}

/** Passes on the event that `change` returns. */
export interface Changing<In> {
  readonly kind: "changing";
  readonly change: (value: In) => unknown;
  /** Handles results that are not events; a promise that it returns is awaited. */
  other(result: never): unknown;
}

/** The work of a stage that passes values for which `test` says yes, in the sense of {@link isYes}. */
export function passing<In = Event>(where: string, test: (value: In) => unknown): Passing<In> {
  return { kind: "passing", where, test };
}

/** The work of a stage that replaces each value by the event that `change` makes of it. */
export function changing<In = Event>(change: (value: In) => Event): Changing<In> {
  return { kind: "changing", change, other: () => {} };
}

/** The same, when `change` may return something else, which `other` handles. */
export function changingWith<In, Result>(
  change: (value: In) => Result,
  other: (result: Result) => unknown,
): Changing<In> {
  return { kind: "changing", change, other };
}
