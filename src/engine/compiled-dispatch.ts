import { Event } from "../core/event.ts";
import { isYes } from "../core/predicate.ts";
import { isPromise } from "../core/promise.ts";
import type { Takes } from "../core/takes.ts";
import { type Binding, type Dispatch, IDLE, type PositionDispatch, type Work } from "./dispatch.ts";
import { HANDLED, RECEIVED, rowAt } from "./ledger.ts";

type Kind = "function" | "object" | "passing" | "changing";
type MakeDispatch = (binding: Binding) => Dispatch;

const WAIT = "if (result !== undefined && isPromise(result)) return actor.awaits(value, result);";

const CHECKS: Readonly<Record<Takes, string>> = {
  events: "if (!(value instanceof Event)) actor.misfit(value);",
  lists: "if (!isArray(value)) actor.misfit(value);",
  either: "if (!(value instanceof Event) && !isArray(value)) actor.misfit(value);",
  anything: "",
};

/** What is done with an event, by the kind of work; the types of the chain were checked where it was declared. */
const STEPS: Readonly<Record<Kind, string>> = {
  function: `const result = work(value); ${WAIT}`,
  object: `const result = onEvent.call(work, value); ${WAIT}`,
  passing: "const answer = test(value); if (answer === true || isYes(where, answer)) emit(value);",
  changing: `const made = change(value);
      if (made instanceof Event) emit(made);
      else { const result = other(made); ${WAIT} }`,
};

let compiled = 0;

/**
 * Compiles the dispatch of one place in a pipeline: two counts, a look at the state, and the stage's work, in one
 * function.
 *
 * Each place gets code of its own. V8 keeps what it learns about a function, such as which functions it calls, with the
 * function's code. In code that all stages share, every call may go anywhere; in code of its own the callee is always the
 * same, and V8 inlines it, often a whole chain of stages. (4 x 4, per event: 505 ns become 390; bench.)
 */
export class CompiledDispatch implements PositionDispatch {
  readonly #takes: Takes;
  readonly #row: number;
  readonly #made = new Map<Kind, MakeDispatch>();

  /** @param row - Of the ledger: its places in the counts are part of the code, for an actor a key would hold them too. */
  constructor(takes: Takes, row: number) {
    this.#takes = takes;
    this.#row = rowAt(row);
  }

  bind(binding: Binding): Dispatch {
    const kind = kindOf(binding.work);
    let make = this.#made.get(kind);
    if (make === undefined) {
      make = compile(kind, this.#takes, this.#row);
      this.#made.set(kind, make);
    }
    return make(binding);
  }
}

function kindOf(work: Work): Kind {
  if (typeof work === "function") return "function";
  return "onEvent" in work ? "object" : work.kind;
}

function compile(kind: Kind, takes: Takes, base: number): MakeDispatch {
  // The number makes it a text of its own: V8 shares code between equal texts.
  const source = `"use strict"; // ${++compiled}
return ({ counts, actor, emit, work }) => {
  const { onEvent, where, test, change, other } = work;
  return (value) => {
    counts[${base + RECEIVED}]++;
    if (actor.status !== ${IDLE}) return actor.queueUp(value);
    try {
      ${CHECKS[takes]}
      ${STEPS[kind]}
    } catch (thrown) {
      return actor.fail(value, thrown);
    }
    counts[${base + HANDLED}]++;
  };
};
//# sourceURL=fast-ts:dispatch`;
  return new Function("Event", "isArray", "isPromise", "isYes", source)(Event, Array.isArray, isPromise, isYes);
}
