import assert from "node:assert/strict";
import { test } from "node:test";
import { predictLinear } from "../../src/stages/index.ts";
import { at, run, type Step } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

const predicted = (stage: ReturnType<typeof predictLinear>, ...steps: Step[]) =>
  run([stage], steps, { maxAhead: Number.POSITIVE_INFINITY }).map((event) => [event.time, event.metric]);

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

test("draws the line of least squares when the events are not on one", () => {
  const steps = [0, 1, 5].map((metric, second) => at(second, { metric }));
  assert.deepEqual(predicted(predictLinear(3, 1), ...steps).at(-1), [2, 7]);
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

test("uses a line for as long as it may, and then the next one", () => {
  const points = [0, 1, 50, 12, 20, 30].map((metric, n) => at([0, 1, 5, 12, 15, 22][n] ?? 0, { metric }));
  const given = predicted(predictLinear(2, 1, { rebuild: 10 }), ...points).map(([time, metric]) => [
    time,
    Math.round((metric ?? 0) * 1e9) / 1e9,
  ]);
  const second = (time: number): number => Math.round((12 - (38 / 7) * (time + 1 - 12)) * 1e9) / 1e9;
  assert.deepEqual(given, [
    [1, 2],
    [5, 6],
    [12, second(12)],
    [15, second(15)],
    [22, second(22)],
  ]);
});

test("emits nothing again once the last events have one time", () => {
  const steps = [0, 1, 5, 5].map((time, metric) => ({ time, metric }));
  assert.deepEqual(
    predicted(predictLinear(2, 1), ...steps).map(([time]) => time),
    [1, 5],
  );
});

test("refuses a line through one point, and to look back", () => {
  assert.throws(() => predictLinear(1, 10), {
    code: "FTS_STAGE_OPTION",
    message: "predictLinear(n): must be a whole number >= 2, got 1",
  });
  assert.throws(() => predictLinear(2, -1), { message: "predictLinear(seconds): must be a number > 0, got -1" });
  assert.throws(() => predictLinear(2, 1, { rebuild: -1 }), { message: /^predictLinear\(rebuild\): .* >= 0, got -1/ });
  // @ts-expect-error a typing slip
  assert.throws(() => predictLinear(2, 1, { rebuilt: 1 }), {
    message: /no option "rebuilt"; did you mean "rebuild"\? it takes rebuild$/,
  });
});
