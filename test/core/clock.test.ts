import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, SystemClock } from "../../src/core/clock.ts";
import { stage } from "../../src/core/stage.ts";
import { run, VirtualClock, wait } from "../../src/testing/index.ts";

const UNUSABLE = [Number.NaN, -1, Number.NEGATIVE_INFINITY, undefined, null, "5"];
const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

for (const clock of [new SystemClock(), new VirtualClock()] satisfies Clock[]) {
  const { name } = clock.constructor;

  test(`${name} refuses to wait for what is no number >= 0, and says what must be given`, () => {
    for (const seconds of UNUSABLE)
      assert.throws(() => Reflect.apply(clock.after, clock, [seconds, () => {}]), {
        code: "FTS_STAGE_MISUSE",
        message: `clock.after(seconds): must be a number >= 0, got ${shown(seconds)}`,
      });
  });

  test(`${name} refuses to repeat a call without time between`, () => {
    for (const seconds of [...UNUSABLE, 0, 1e-9, Number.POSITIVE_INFINITY])
      assert.throws(() => Reflect.apply(clock.every, clock, [seconds, () => {}]), {
        code: "FTS_STAGE_MISUSE",
        message: `clock.every(seconds): must be a finite number >= 0.001, got ${shown(seconds)}`,
      });
    assert.throws(() => clock.every(1, () => {}, Number.NaN), {
      message: /^clock\.every\(first\): must be .*got NaN$/,
    });
  });

  test(`${name} takes 0 and, for never, infinity`, () => {
    clock.after(0, () => {})();
    clock.after(Number.POSITIVE_INFINITY, () => {})();
    clock.every(1, () => {}, 0)();
  });
}

test("a stage that asks for a timer at NaN throws, and does so by name", () => {
  const broken = stage(
    "broken",
    ({ clock }) =>
      () =>
        void clock.after(Number.NaN, () => {}),
  );
  assert.throws(
    () => run([broken], [{ metric: 1 }, wait(1)]),
    /clock\.after\(seconds\): must be a number >= 0, got NaN/,
  );
});
