import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";
import { map, rate } from "../../src/stages/index.ts";
import { perform, run, wait } from "../../src/testing/index.ts";

const throwing = map((event) => {
  if (event.metric === 2) throw new RangeError("not 2");
  return event;
});

test("a throw of a stage is an error that names the place and the user's line, and has the cause", () => {
  assert.throws(
    () => run([map((e) => e), throwing], [{ metric: 1 }, { metric: 2 }]),
    (error: Error & { readonly code?: string }) => {
      assert.equal(error.code, "FTS_STAGE_THREW");
      assert.match(error.message, /^map#1 threw: not 2 at .*run\.test\.js:\d+:\d+$/);
      assert.ok(error.cause instanceof RangeError);
      return true;
    },
  );
});

test("a throw of a timer is one too", () => {
  const late = stage("late", ({ clock }) => {
    clock.after(5, () => {
      throw new Error("late");
    });
    return () => {};
  });
  assert.throws(() => run([late], [wait(5)]), { code: "FTS_STAGE_THREW", message: /^late#0 threw: late at / });
});

test("a throw of a start is one too", () => {
  const broken = stage("broken", () => {
    throw new Error("no start");
  });
  assert.throws(() => run([broken], []), {
    code: "FTS_STAGE_THREW",
    message: /broken#0 threw while it started: no start(\n +at .*run\.test\.(ts|js):\d+:\d+\)?)+$/,
  });
});

test("supervised, the pipeline starts anew as in the daemon", () => {
  const { values, ledger } = perform([throwing], [{ metric: 1 }, { metric: 2 }, { metric: 3 }], { supervised: true });
  assert.deepEqual([values.length, ledger.restarts], [2, 1]);
});

test("an event's own time does not move the clock", () => {
  assert.deepEqual(run([rate(5)], [{ metric: 5, time: 100 }]), []);
});

test("timers that start one another at once are an error, not a hang", () => {
  const endless = stage("endless", ({ clock }) => {
    const again = (): void => void clock.after(0, again);
    again();
    return () => {};
  });
  assert.throws(() => run([endless], [wait(1)]), { code: "FTS_TEST", message: /^at second 0 timers start timers/ });
});

test("stages that are no list, or none, are said to be so", () => {
  const stages = (given: unknown): readonly [] => given as readonly [];
  assert.throws(() => run(stages(rate(5)), []), {
    code: "FTS_NOT_A_STAGE",
    message: /^run\(stages\): must be a list of/,
  });
  assert.throws(() => run(stages([rate]), []), {
    code: "FTS_NOT_A_STAGE",
    message: /0 .* not a stage: call it, rate\(…\)$/,
  });
});
