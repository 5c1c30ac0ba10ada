import assert from "node:assert/strict";
import { test } from "node:test";
import { runs } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const passed = (n: number, ...states: (string | null)[]) =>
  run(
    [runs(n, "state")],
    states.map((state, metric) => ({ state, metric })),
  ).map((e) => e.metric);

test("passes from the n-th equal value in a row on", () => {
  assert.deepEqual(passed(3, "a", "a", "a", "a", "b", "b", "a", "b", "b", "b"), [2, 3, 9]);
});

test("passes everything when n is 1", () => {
  assert.deepEqual(passed(1, "a", "b", "b"), [0, 1, 2]);
});

test("takes null for a value", () => {
  assert.deepEqual(passed(2, null, null, "a", null), [1]);
});

test("agrees with looking at the last n events", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.constantFrom(null, "a", "b")), (n, states) => {
      const isRun = (at: number) =>
        at + 1 >= n && states.slice(at + 1 - n, at + 1).every((state) => state === states[at]);
      assert.deepEqual(passed(n, ...states), [...states.keys()].filter(isRun));
    }),
    { numRuns: rounds(50) },
  );
});

test("refuses a run of none and an unknown field", () => {
  assert.throws(() => runs(0, "state"), {
    code: "FTS_STAGE_OPTION",
    message: "runs(n): must be a whole number >= 1, got 0",
  });
  // @ts-expect-error no field
  assert.throws(() => runs(1, "tags"), { code: "FTS_STAGE_OPTION", message: /^runs\(value\): must be one of/ });
});
