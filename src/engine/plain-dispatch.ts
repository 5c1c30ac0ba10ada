import { Event } from "../core/event.ts";
import { isYes } from "../core/predicate.ts";
import { isPromise } from "../core/promise.ts";
import type { Takes } from "../core/takes.ts";
import { type Binding, type Dispatch, IDLE, type PositionDispatch } from "./dispatch.ts";
import { add, HANDLED, RECEIVED, rowAt } from "./ledger.ts";

const FITS: Readonly<Record<Takes, (value: unknown) => boolean>> = {
  events: (value) => value instanceof Event,
  lists: (value) => Array.isArray(value),
  either: (value) => value instanceof Event || Array.isArray(value),
  anything: () => true,
};

/**
 * What the compiled dispatch does, in code that all places share: for processes that may not generate code. The two are
 * held equal by a test.
 */
export class PlainDispatch implements PositionDispatch {
  readonly #fits: (value: unknown) => boolean;
  readonly #row: number;

  /** @param row - Of the ledger. */
  constructor(takes: Takes, row: number) {
    this.#fits = FITS[takes];
    this.#row = rowAt(row);
  }

  bind(binding: Binding): Dispatch {
    const { counts, actor } = binding;
    const [fits, received, handled] = [this.#fits, this.#row + RECEIVED, this.#row + HANDLED];
    const work = workOf(binding);
    return (value) => {
      add(counts, received, 1);
      if (actor.status !== IDLE) return actor.queueUp(value);
      try {
        if (!fits(value)) actor.misfit(value);
        const result = work(value);
        if (result !== undefined && isPromise(result)) return actor.awaits(value, result);
      } catch (thrown) {
        return actor.fail(value, thrown);
      }
      add(counts, handled, 1);
    };
  }
}

/** What is done with a value, by the kind of work; what it returns is waited for. */
function workOf({ work, emit }: Binding): (value: unknown) => unknown {
  if (typeof work === "function") return untyped({ call: work });
  if ("onEvent" in work) {
    const { onEvent } = work;
    return untyped({ call: (value: never) => onEvent.call(work, value) });
  }
  if (work.kind === "passing") {
    const test = untyped({ call: work.test });
    return (value) => {
      const answer = test(value);
      if (answer === true || isYes(work.where, answer)) emit(value);
    };
  }
  const change = untyped({ call: work.change });
  const other = untyped({ call: (made: never) => work.other(made) });
  return (value) => {
    const made = change(value);
    return made instanceof Event ? void emit(made) : other(made);
  };
}

/** A function of the user's types; they were checked where the chain was declared. */
function untyped({ call }: { call(value: unknown): unknown }): (value: unknown) => unknown {
  return call;
}
