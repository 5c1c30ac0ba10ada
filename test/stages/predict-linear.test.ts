import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { predictLinear } from "../../src/stages/index.ts";
import { at, run, type Step } from "../../src/testing/index.ts";

const predicted = (stage: ReturnType<typeof predictLinear>, ...steps: Step[]) =>
  run([stage], steps).map((event) => [event.time, event.metric]);

test("predicts from the second event on, with the event's own time", () => {
  const steps = [0, 1, 2].map((second) => at(second, { metric: 5 + second * 2 }));
  assert.deepEqual(predicted(predictLinear(5, 10), ...steps), [
    [1, 27],
    [2, 29],
  ]);
});

test("looks at the last n events only", () => {
  const steps = [at(0, { metric: 1000 }), at(1, { metric: 5 }), at(2, { metric: 6 })];
  assert.deepEqual(predicted(predictLinear(2, 10), ...steps).at(-1), [2, 16]);
});

test("is exact on a line, at the times of today and in any order", () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 20, size: "max" });
  fc.assert(
    fc.property(times, fc.integer({ min: -9, max: 9 }), (seconds, slope) => {
      const metricAt = (second: number): number => 100 + slope * second;
      const steps = seconds.map((second) => ({ time: 1_700_000_000 + second, metric: metricAt(second) }));
      const [, metric] = predicted(predictLinear(20, 60), ...steps).at(-1) ?? [];
      assert.ok(Math.abs((metric ?? 0) - metricAt((seconds.at(-1) ?? 0) + 60)) < 1e-3);
    }),
  );
});

test("emits nothing while all events have one time", () => {
  const steps = [1, 2, 3].map((metric) => ({ metric, time: 1_700_000_000.3 }));
  assert.deepEqual(predicted(predictLinear(5, 10), ...steps), []);
});

test("ignores events without a finite metric", () => {
  const steps = [at(0, { metric: 1 }), at(1, {}), at(1, { metric: Number.NaN }), at(2, { metric: 3 })];
  assert.deepEqual(predicted(predictLinear(2, 1), ...steps), [[2, 4]]);
});

test("uses a line for as long as it may", () => {
  const steps = [at(0, { metric: 0 }), at(1, { metric: 1 }), at(5, { metric: 50 }), at(12, { metric: 12 })];
  assert.deepEqual(predicted(predictLinear(2, 1, { rebuild: 10 }), ...steps.slice(0, 3)), [
    [1, 2],
    [5, 6],
  ]);
  const [, metric] = predicted(predictLinear(2, 1, { rebuild: 10 }), ...steps).at(-1) ?? [];
  assert.ok(Math.abs((metric ?? 0) - (12 - 38 / 7)) < 1e-9);
});

test("refuses a line through one point, and to look back", () => {
  assert.throws(() => predictLinear(1, 10), {
    code: "FTS_STAGE_OPTION",
    message: "predictLinear(n): must be a whole number >= 2, got 1",
  });
  assert.throws(() => predictLinear(2, -1), { message: "predictLinear(seconds): must be a number > 0, got -1" });
});
