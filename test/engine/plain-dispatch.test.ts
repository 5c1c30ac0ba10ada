import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { isPromise } from "../../src/core/promise.ts";
import { type Handler, type Stage, stage } from "../../src/core/stage.ts";
import { changingWith, passing } from "../../src/core/stateless.ts";
import { CompiledDispatch } from "../../src/engine/compiled-dispatch.ts";
import { PlainDispatch } from "../../src/engine/plain-dispatch.ts";
import { by, catchErrors, fixedEventWindow, sflatten } from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { rig } from "./rig.ts";

/** What a stage's function gives, by the metric of its event: so a case is data, and can be shrunk. */
const GIVES = ["event", "null", "throw", "later", "reject", "list", "thenable", "text", "undefined"] as const;
type Given = (typeof GIVES)[number];

function give(given: Given, event: Event): unknown {
  switch (given) {
    case "event":
      return event.with({ metric: (event.metric ?? 0) + 1 });
    case "null":
      return null;
    case "undefined":
      return undefined;
    case "throw":
      throw new Error("thrown");
    case "later":
      return Promise.resolve(event);
    case "reject":
      return rejected();
    case "list":
      return [event, event];
    case "thenable":
      // biome-ignore lint/suspicious/noThenProperty: it is what the engine has to wait for like a promise
      return { then: (done: (value: unknown) => void) => done(event) };
    case "text":
      return "text";
    default:
      return given satisfies never;
  }
}

/** Nobody may wait for it: it may be emitted as a value. */
function rejected(): Promise<never> {
  const promise = Promise.reject(new Error("rejected"));
  promise.catch(() => {});
  return promise;
}

const gives = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant<Given>("event") }, fc.constantFrom(...GIVES)), {
  minLength: 1,
  maxLength: 6,
});

/** Its handler needs to be called as a method. */
class Counting implements Handler {
  readonly #emit: (event: Event) => void;
  readonly #given: (event: Event) => unknown;
  #held = 0;

  constructor(emit: (event: Event) => void, given: (event: Event) => unknown) {
    this.#emit = emit;
    this.#given = given;
  }

  onEvent(event: Event): unknown {
    this.#held++;
    this.#emit(event.with({ ttl: this.#held }));
    return this.#given(event);
  }
}

/** A stage of each kind of work. */
const KINDS: Readonly<Record<string, (given: (event: Event) => unknown) => Stage<never, unknown>>> = {
  function: (given) =>
    stage("function", ({ emit }) => (event) => {
      emit(event);
      return given(event);
    }),
  object: (given) => stage("object", ({ emit }) => new Counting(emit, given)),
  passing: (given) => stage("passing", () => passing("passing", given)),
  changing: (given) =>
    stage<Event, never>("changing", ({ emit }) =>
      changingWith(given, (made) => {
        if (made === null) return;
        emit(made as never);
        return made;
      }),
    ),
};

const plain = fc
  .tuple(fc.constantFrom(...Object.values(KINDS)), gives)
  .map(([make, list]) => make((event) => give(list[(event.metric ?? 0) % list.length] ?? "event", event)));
const chains: fc.Arbitrary<AnyStages> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: plain },
    plain.map((one) => by((e) => (e.metric ?? 0) % 3, [one as Stage])),
    plain.map((one) => catchErrors([one as Stage], [])),
    fc.constantFrom<Stage<never, unknown>>(fixedEventWindow(2), sflatten()),
  ),
  { minLength: 1, maxLength: 5 },
);
const batches = fc.array(fc.array(fc.nat(20), { maxLength: 20 }), { maxLength: 6 });

/** What can be seen of a run: values, books, log. */
async function seen(stages: AnyStages, script: readonly (readonly number[])[], isPlain: boolean): Promise<unknown> {
  const on = rig(stages, {}, (takes, row) =>
    isPlain ? new PlainDispatch(takes, row) : new CompiledDispatch(takes, row),
  );
  const values: unknown[] = [];
  on.supervisor.output = (value) => values.push(isPromise(value) ? "a promise" : JSON.stringify(value));
  const steps: unknown[] = [];
  for (const metrics of script) {
    on.offer(...metrics);
    steps.push(on.report());
    await on.turns();
    steps.push(on.report());
  }
  on.supervisor.abandon();
  await on.turns();
  return { values, steps, books: on.report(), log: on.log };
}

test("compiled and plain dispatch do the same with any stage, whatever its functions give", async () => {
  await fc.assert(
    fc.asyncProperty(chains, batches, async (stages, script) => {
      assert.deepEqual(await seen(stages, script, false), await seen(stages, script, true));
    }),
    { numRuns: rounds(30) },
  );
});
