import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import type { Takes } from "../../src/core/takes.ts";
import { sink } from "../../src/delivery/sink.ts";
import { stdout } from "../../src/sinks/index.ts";
import { by, fixedEventWindow, over, smap } from "../../src/stages/index.ts";
import { perform } from "../../src/testing/run.ts";
import { share } from "../rounds.ts";
import { USES } from "../stages/uses.ts";

const ONE = event({ time: 0, metric: 1 });
const GIVEN = { event: ONE, list: [ONE, ONE, ONE], text: "text" };
const TAKEN: Readonly<Record<Takes, readonly string[]>> = {
  events: ["event"],
  lists: ["list"],
  either: ["event", "list"],
  anything: ["event", "list", "text"],
};

/** What is logged when the stage is given a value of which its types know nothing. */
function told(taker: Stage<never, unknown>, value: unknown): readonly unknown[] {
  const gives = stage<Event, never>(
    "gives",
    ({ emit }) =>
      () =>
        emit(value as never),
  );
  const { log } = perform([gives, taker], [{}], { supervised: true });
  return log.map(({ message, fields }) => `${message}: ${String(fields.error).split("\n")[0]}`);
}

describe("a value of the wrong kind is refused with the place and the way out, and none of the right kind is", () => {
  for (const [name, make] of [["stdout", () => [stdout()]] as const, ...share([...USES], 1, 3)])
    test(name, { skip: name.startsWith("subscribe") && "it is the first stage" }, () => {
      const [taker] = make();
      assert.ok(taker);
      for (const [kind, value] of Object.entries(GIVEN)) {
        const misfits: readonly unknown[] = told(taker, value).filter((line) =>
          String(line).includes(`${taker.name}#1 takes`),
        );
        assert.equal(misfits.length, TAKEN[taker.takes].includes(kind) ? 0 : 1, `${kind}: ${misfits}`);
      }
    });
});

test("the message says what came, where, and what to do", () => {
  const throws = "stage threw, pipeline restarts: FastTsError: ";
  const mine = stage("mine", ({ emit }) => emit);
  assert.deepEqual(
    [told(over(1), GIVEN.list), told(mine, []), told(mine, "text"), told(stdout(), null)],
    [
      [
        `${throws}over#1 takes events, got a list of 3: put sflatten() or combine(…) before it; a stage() for lists says { takes: "lists" }`,
      ],
      [
        `${throws}mine#1 takes events, got a list of 0: put sflatten() or combine(…) before it; a stage() for lists says { takes: "lists" }`,
      ],
      [
        `${throws}mine#1 takes events, got "text" (a string): put sflatten() or combine(…) before it; a stage() for lists says { takes: "lists" }`,
      ],
      [`${throws}stdout#1 takes events and lists of them, got null: emit events or lists of them`],
    ],
  );
  const lists = stage("mine", () => (events: readonly Event[]) => events.length, { takes: "lists" });
  assert.deepEqual(told(lists, ONE), [
    `${throws}mine#1 takes lists of events, got an event: put a window before it, such as fixedTimeWindow(60)`,
  ]);
});

test("a misfit in a branch names the branch, and is lost in the crash like any throw", () => {
  const untyped: readonly Stage<never, unknown>[] = [fixedEventWindow(2), over(1)];
  const { log, ledger } = perform([by("host", untyped as [])], [{}, {}], { supervised: true });
  assert.match(String(log[0]?.fields.error), /by#0\/over#1 takes events, got a list of 2/);
  assert.equal(ledger.stages.find(({ place }) => place === "by#0/over#1")?.lost.crash, 1);
});

test("a sink and smap take what they are made for", () => {
  const got: unknown[] = [];
  const keep = sink("keep", () => ({ write: async (batch) => void got.push(...batch) }));
  assert.deepEqual(
    [
      told(keep, GIVEN.event),
      told(keep, GIVEN.list),
      told(
        smap(() => ONE),
        GIVEN.list,
      ),
    ],
    [[], [], []],
  );
});

test("what a stage takes is one of four words", () => {
  assert.throws(() => stage("mine", ({ emit }) => emit, { takes: "event" as "events" }), {
    code: "FTS_STAGE_OPTION",
    message: 'mine(takes): must be "events", "lists", "either" or "anything", got "event" (a string)',
  });
});
