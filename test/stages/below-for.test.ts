import assert from "node:assert/strict";
import { test } from "node:test";
import { belowFor } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const passes = (...events: (readonly [number, number | null])[]) =>
  run(
    [belowFor(5, 10)],
    events.map(([time, metric]) => ({ time, metric })),
  ).map((e) => e.time);

test("passes events once the metric has been below for longer than that", () => {
  assert.deepEqual(passes([0, 4], [10, 4], [11, -4], [12, 5], [13, 4], [24, 4]), [11, 24]);
});

test("takes an event without a metric for one that is not below", () => {
  assert.deepEqual(passes([0, 4], [5, null], [11, 4], [22, 4]), [22]);
});

test("refuses a limit that is no number and a time that is not above 0", () => {
  assert.throws(() => belowFor(Number.NaN, 10), {
    code: "FTS_STAGE_OPTION",
    message: "belowFor(limit): must be a finite number, got NaN",
  });
  assert.throws(() => belowFor(5, -1), {
    code: "FTS_STAGE_OPTION",
    message: "belowFor(seconds): must be a number >= 0.001, got -1",
  });
});
