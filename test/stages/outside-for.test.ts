import assert from "node:assert/strict";
import { test } from "node:test";
import { outsideFor } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const passes = (...events: (readonly [number, number | null])[]) =>
  run(
    [outsideFor(1, 5, 10)],
    events.map(([time, metric]) => ({ time, metric })),
  ).map((e) => e.time);

test("passes events once the metric has been outside for longer than that, be it on one side or the other", () => {
  assert.deepEqual(passes([0, 0], [10, 6], [11, 0.5], [12, 9]), [11, 12]);
});

test("begins anew after a metric on a limit or between, or none", () => {
  for (const metric of [1, 5, 3, null, Number.NaN])
    assert.deepEqual(passes([0, 0], [9, metric], [10, 6], [20, 6], [21, 0]), [21]);
});

test("refuses a limit that is no number", () => {
  assert.throws(() => outsideFor(Number.NEGATIVE_INFINITY, 1, 10), { message: /^outsideFor\(low\): must be a finite/ });
});

test("refuses limits in the wrong order", () => {
  assert.throws(() => outsideFor(5, 1, 10), {
    code: "FTS_STAGE_OPTION",
    message: "outsideFor(high): must be a finite number > low (5), got 1",
  });
});
