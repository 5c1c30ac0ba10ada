import { Event } from "../core/event.ts";
import { isYes } from "../core/predicate.ts";
import { isPromise } from "../core/promise.ts";
import type { Handler, OnEvent } from "../core/stage.ts";
import type { Stateless } from "../core/stateless.ts";

/** What an actor does with an event that is handed to it: the engine's innermost step. */
export type Dispatch = (value: unknown) => void;

/** Whether an event may be handled at once. */
export const IDLE = 0;

/** What a door needs of its actor. */
export interface ActorState {
  /** {@link IDLE}, or a reason to queue up. */
  readonly state: number;
  /** Takes an event that cannot be handled now. */
  queueUp(value: unknown): void;
  /** Waits for what the handler returned. */
  awaits(value: unknown, result: PromiseLike<unknown>): void;
  /** The handler threw. */
  fail(value: unknown, thrown: unknown): void;
}

/** What stands behind a door. */
export interface Binding {
  readonly counts: Float64Array;
  /** Where in the counts. */
  readonly received: number;
  readonly handled: number;
  readonly gate: ActorState;
  readonly work: Work;
  /** Takes what goes on. */
  readonly emit: Dispatch;
}

/** The work of a live stage. */
export type Work = OnEvent<never> | Handler<never> | Stateless<never>;

type Kind = "function" | "object" | "passing" | "changing";
type MakeDoor = (behind: Binding) => Dispatch;

const WAIT = "if (result !== undefined && isPromise(result)) return gate.awaits(value, result);";

/** What is done with an event, by the kind of work; the types of the chain were checked where it was declared. */
const STEPS: Readonly<Record<Kind, string>> = {
  function: `const result = work(value); ${WAIT}`,
  object: `const result = onEvent.call(work, value); ${WAIT}`,
  passing: "const answer = test(value); if (answer === true || isYes(where, answer)) emit(value);",
  changing: `const made = change(value);
      if (made instanceof Event) emit(made);
      else { const result = other(made); ${WAIT} }`,
};

let doors = 0;

/**
 * The doors of one place in a pipeline: two counts, a look at the state, and the stage's work, in one function.
 *
 * Its code is made anew for each place. What V8 learns of a function, such as what it calls, it keeps with the code: in one
 * that all stages have in common every call is to whatever comes; in one's own it is always the same, and V8 puts the called
 * functions into the caller, often a whole chain of stages into one. (4 x 4, per event: 505 ns become 390; bench.)
 */
export class DispatchCompiler {
  readonly #made = new Map<Kind, MakeDoor>();

  open(behind: Binding): Dispatch {
    const kind = kindOf(behind.work);
    let make = this.#made.get(kind);
    if (make === undefined) {
      make = compile(kind);
      this.#made.set(kind, make);
    }
    return make(behind);
  }
}

function kindOf(work: Work): Kind {
  if (typeof work === "function") return "function";
  return "onEvent" in work ? "object" : work.kind;
}

function compile(kind: Kind): MakeDoor {
  // The number makes it a text of its own: V8 takes equal ones for the same code.
  const source = `"use strict"; // ${++doors}
return ({ counts, received, handled, gate, emit, work }) => {
  const { onEvent, where, test, change, other } = work;
  return (value) => {
    counts[received]++;
    if (gate.state !== ${IDLE}) return gate.queueUp(value);
    try {
      ${STEPS[kind]}
    } catch (thrown) {
      return gate.fail(value, thrown);
    }
    counts[handled]++;
  };
};
//# sourceURL=fast-ts:door`;
  return new Function("Event", "isPromise", "isYes", source)(Event, isPromise, isYes);
}
