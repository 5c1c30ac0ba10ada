import assert from "node:assert/strict";
import { test } from "node:test";
import { aboveFor } from "../../src/stages/index.ts";
import { run, wait } from "../../src/testing/index.ts";

/** The times of the events that pass, of those with these times and metrics. */
const passes = (...events: (readonly [number, number | null])[]) =>
  run(
    [aboveFor(5, 10)],
    events.map(([time, metric]) => ({ time, metric })),
  ).map((e) => e.time);

test("passes events once the metric has been above for longer than that, by their own times", () => {
  assert.deepEqual(passes([0, 6], [5, 7], [10, 8], [10.5, 9], [30, 6]), [10.5, 30]);
});

test("begins anew after an event that is not above, which it drops", () => {
  assert.deepEqual(passes([0, 6], [11, 6], [12, 5], [13, 6], [23, 6], [24, 6]), [11, 24]);
});

test("takes an event without a metric, or with NaN, for one that is not above", () => {
  assert.deepEqual(passes([0, 6], [9, null], [11, 6], [21, 6], [22, 6]), [22]);
  assert.deepEqual(passes([0, 6], [9, Number.NaN], [11, 6], [22, 6]), [22]);
});

test("begins with the first event in a row, should its time be later than another's", () => {
  assert.deepEqual(passes([20, 6], [0, 6], [31, 6]), [31]);
});

test("does not look at the clock", () => {
  assert.deepEqual(run([aboveFor(5, 10)], [{ time: 0, metric: 6 }, wait(100), { time: 1, metric: 6 }, wait(100)]), []);
});

test("refuses a limit that is no number and a time that is not above 0", () => {
  // @ts-expect-error a string
  assert.throws(() => aboveFor("5", 10), {
    code: "FTS_STAGE_OPTION",
    message: 'aboveFor(limit): must be a finite number, got "5" (a string)',
  });
  assert.throws(() => aboveFor(5, 0), {
    code: "FTS_STAGE_OPTION",
    message: "aboveFor(seconds): must be a number >= 0.001, got 0",
  });
});
