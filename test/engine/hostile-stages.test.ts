import assert from "node:assert/strict";
import { test } from "node:test";
import { type Stage, stage } from "../../src/core/stage.ts";
import { map } from "../../src/stages/map.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { rig } from "./rig.ts";

/** Passes every event on, but throws `thrown` at metric 0. */
function throws(thrown: unknown): Stage {
  return map((e) => {
    if (e.metric === 0) throw thrown;
    return e;
  });
}

const WEIRD: Readonly<Record<string, unknown>> = {
  "a string": "no",
  null: null,
  "an object without a prototype": Object.create(null),
  "an object whose message throws": {
    get message() {
      throw new Error("trap");
    },
  },
  "an error whose stack is no text": Object.assign(new Error("x"), { stack: 42 }),
  "an error whose stack throws": Object.defineProperty(new Error("x"), "stack", {
    get() {
      throw new Error("trap");
    },
  }),
  "a proxy that refuses everything": new Proxy(
    {},
    {
      get: () => assert.fail("trap"),
      has: () => assert.fail("trap"),
      getPrototypeOf: () => assert.fail("trap"),
    },
  ),
};

for (const [what, thrown] of Object.entries(WEIRD))
  test(`a stage that throws ${what} restarts its pipeline like any other`, () => {
    const { offer, out, report } = rig([throws(thrown)]);
    offer(1, 0, 2);
    assert.deepEqual([out, report().restarts], [[1, 2], 1]);
    assertBalanced(report());
  });

test("what throws while a run ends is told, and the next run starts all the same", () => {
  const stops = stage("stops", ({ emit }) => ({
    onEvent: emit,
    stop() {
      throw new Error("in stop");
    },
  }));
  const { offer, out, messages } = rig([throws(new Error("x")), stops]);
  offer(1, 0, 2);
  assert.deepEqual(out, [1, 2]);
  assert.match(String(messages("stage threw while it stopped")[0]?.fields.error), /in stop/);
});

test("an event that a callback emits into a stage that throws restarts the pipeline, not the thread", async () => {
  const callbacks: (() => void)[] = [];
  const later = stage(
    "later",
    ({ emit }) =>
      (e) =>
        callbacks.push(() => emit(e)),
  );
  const { offer, out, turns, report, messages } = rig([later, throws(new Error("x"))]);
  offer(1, 0);
  for (const callback of callbacks.splice(0)) callback();
  await turns();
  offer(2);
  for (const callback of callbacks.splice(0)) callback();
  assert.deepEqual([out, report().restarts], [[1, 2], 1]);
  assert.equal(messages("stage threw, pipeline restarts")[0]?.fields.error, "x");
  assertBalanced(report());
});

test("a stage that throws while it gives out what it held at a stop is told of once", async () => {
  for (const flush of [() => assert.fail("in flush"), async () => assert.fail("in flush")]) {
    const { supervisor, offer, report, messages } = rig([stage("holds", ({ emit }) => ({ onEvent: emit, flush }))]);
    offer(1);
    await supervisor.stop();
    assert.equal(messages("stage threw while it gave out what it held").length, 1);
    assert.equal(report().restarts, 0);
    assertBalanced(report());
  }
});

test("what only looks like a promise settles once, or is a throw", async () => {
  const thenable = (then: (ok: () => void) => void): unknown => ({ [["th", "en"].join("")]: then });
  const twice = thenable((ok) => {
    ok();
    ok();
  });
  const never = thenable(() => {
    throw new Error("no promise");
  });
  const { offer, turns, report } = rig([stage("odd", () => (e) => (e.metric === 0 ? never : twice))]);
  offer(1);
  await turns();
  offer(0);
  await turns();
  const { handled, waiting, lost } = report().stages[0] ?? { handled: -1, waiting: -1, lost: null };
  assert.deepEqual([handled, waiting, lost?.crash, lost?.restart], [1, 0, 1, 0]);
  assertBalanced(report());
});

test("a report that makes no sense is a throw of the stage, and leaves the books as they are", () => {
  const reports: readonly (readonly [unknown, unknown])[] = [
    [1, "nonsense"],
    [Number.NaN, "failed"],
    [-1, "late"],
  ];
  for (const [count, reason] of reports) {
    const lies = stage("lies", (context) => () => Reflect.apply(context.dropped, null, [count, reason]));
    const { offer, report } = rig([lies]);
    offer(1);
    assert.equal(report().restarts, 1);
    assertBalanced(report());
  }
});

test("what a stage takes out of its context works without it", () => {
  const all = stage("all", ({ emit, branch, pending, delivered, dropped, background }) => {
    background(Promise.resolve());
    return (e) => {
      pending(2);
      delivered(1);
      dropped(1, "failed");
      assert.throws(() => branch("none"), /there is no branch "none"/);
      emit(e);
    };
  });
  const { offer, out } = rig([all]);
  offer(1);
  assert.deepEqual(out, [1]);
});
