import assert from "node:assert/strict";
import { test } from "node:test";
import { ewma } from "../../src/stages/index.ts";
import { run, type Step } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

const averages = (halflife: number, ...steps: Step[]) =>
  run([ewma(halflife)], steps).map((event) => [event.time, event.metric]);

test("begins at 0, and halves what went before with each halflife of event time", () => {
  assert.deepEqual(averages(1, { time: 10, metric: 8 }, { time: 11, metric: 8 }, { time: 13, metric: 0 }), [
    [10, 4],
    [11, 6],
    [13, 1.5],
  ]);
});

test("counts what is late by its age, and gives it the latest time", () => {
  assert.deepEqual(averages(1, { time: 10, metric: 8 }, { time: 8, metric: 8 }, { time: 10, metric: 2 }), [
    [10, 4],
    [10, 5],
    [10, 6],
  ]);
});

test("begins with the first event's own time, before 1970 too", () => {
  assert.deepEqual(averages(1, { time: -10, metric: 8 }, { time: -9, metric: 0 }), [
    [-10, 4],
    [-9, 2],
  ]);
});

test("passes an event without a finite metric unchanged", () => {
  assert.deepEqual(averages(1, { time: 10, metric: 8 }, { time: 99 }, { time: 11, metric: 8 }), [
    [10, 4],
    [99, null],
    [11, 6],
  ]);
  assert.equal(averages(1, { metric: Number.POSITIVE_INFINITY }, { metric: 8 }).at(-1)?.[1], 4);
});

test("is the sum of all metrics, each with the weight of its age", () => {
  const event = fc.record({ time: fc.integer({ min: 0, max: 50 }), metric: fc.integer({ min: -100, max: 100 }) });
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 30, size: "max" }),
      fc.integer({ min: 1, max: 20 }),
      (events, halflife) => {
        const latest = Math.max(...events.map(({ time }) => time));
        const kept = 0.5 ** (1 / halflife);
        const sum = events.reduce((total, { time, metric }) => total + metric * kept ** (latest - time), 0);
        const average = averages(halflife, ...events).at(-1)?.[1] ?? 0;
        assert.ok(Math.abs(average - sum * (1 - kept)) < 1e-9);
      },
    ),
  );
});

test("refuses a halflife that is none", () => {
  assert.throws(() => ewma(0), { code: "FTS_STAGE_OPTION", message: "ewma(halflife): must be a number > 0, got 0" });
});

test("an event weighs one second: a constant metric comes to as many times itself as there are events a second", () => {
  const settled = (pace: number) => {
    const steps = Array.from({ length: 2000 }, (_, n) => ({ metric: 5, time: n * pace }));
    return run([ewma(60)], steps, { maxAhead: Number.MAX_VALUE }).at(-1)?.metric ?? 0;
  };
  assert.ok(Math.abs(settled(1) - 5) < 0.01, `${settled(1)}`);
  assert.ok(Math.abs(settled(10) - 0.5) < 0.05, `${settled(10)}`);
  assert.ok(Math.abs(settled(0.1) - 50) < 6, `${settled(0.1)}`);
});
