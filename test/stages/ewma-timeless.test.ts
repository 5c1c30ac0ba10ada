import assert from "node:assert/strict";
import { test } from "node:test";
import { ewmaTimeless } from "../../src/stages/index.ts";
import { run, type Step } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

const averages = (r: number, ...steps: Step[]) => run([ewmaTimeless(r)], steps).map((event) => event.metric);

test("begins at 0, and gives each new metric its weight, whatever the time", () => {
  assert.deepEqual(averages(0.5, { metric: 8 }, { metric: 8, time: -7 }, { metric: 0, time: 99 }), [4, 6, 3]);
});

test("passes an event without a finite metric unchanged", () => {
  assert.deepEqual(averages(0.5, { metric: 8 }, {}, { metric: Number.NaN }, { metric: 8 }), [4, null, Number.NaN, 6]);
});

test("is the sum of all metrics, each with the weight of its place", () => {
  const metrics = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 30, size: "max" });
  fc.assert(
    fc.property(metrics, fc.double({ min: 0.01, max: 1, noNaN: true }), (given, r) => {
      const sum = given.reduce((total, metric, n) => total + r * (1 - r) ** (given.length - 1 - n) * metric, 0);
      const average = averages(r, ...given.map((metric) => ({ metric }))).at(-1) ?? 0;
      assert.ok(Math.abs(average - sum) < 1e-9);
    }),
  );
});

test("refuses a weight that is none", () => {
  assert.throws(() => ewmaTimeless(1.5), {
    code: "FTS_STAGE_OPTION",
    message: "ewmaTimeless(r): must be a number > 0 and <= 1, got 1.5",
  });
  assert.throws(() => ewmaTimeless(0), { code: "FTS_STAGE_OPTION" });
});
