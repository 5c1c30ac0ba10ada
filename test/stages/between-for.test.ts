import assert from "node:assert/strict";
import { test } from "node:test";
import { betweenFor } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const passes = (...events: (readonly [number, number | null])[]) =>
  run(
    [betweenFor(1, 5, 10)],
    events.map(([time, metric]) => ({ time, metric })),
  ).map((e) => e.time);

test("passes events once the metric has been between the limits for longer than that", () => {
  assert.deepEqual(passes([0, 2], [10, 4], [11, 3], [12, 3]), [11, 12]);
});

test("begins anew after a metric on a limit or outside, or none", () => {
  for (const metric of [1, 5, 0, 6, null, Number.NaN])
    assert.deepEqual(passes([0, 2], [9, metric], [10, 2], [20, 2], [21, 2]), [21]);
});

test("refuses limits that leave no room between them", () => {
  assert.throws(() => betweenFor(5, 5, 10), {
    code: "FTS_STAGE_OPTION",
    message: "betweenFor(high): must be a finite number > low (5), got 5",
  });
  assert.throws(() => betweenFor(Number.NEGATIVE_INFINITY, 5, 10), {
    code: "FTS_STAGE_OPTION",
    message: "betweenFor(low): must be a finite number, got -Infinity",
  });
  assert.throws(() => betweenFor(1, 5, Number.NaN), { code: "FTS_STAGE_OPTION", message: /^betweenFor\(seconds\)/ });
});
