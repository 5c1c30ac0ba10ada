import assert from "node:assert/strict";
import { test } from "node:test";
import { mean, stdDev } from "../../src/folds/mean.ts";
import { withMetrics } from "./metrics.ts";

test("mean divides by the number of events that have a metric", () => {
  const events = withMetrics(undefined, null, 1, Number.NaN, 2, 6);
  assert.deepEqual([mean(events)?.metric, mean(events)?.time, mean(events)?.service], [3, 1, "s"]);
});

test("stdDev is that of the whole population", () => {
  assert.equal(stdDev(withMetrics(2, 4, 4, 4, 5, 5, 7, 9))?.metric, 2);
  assert.equal(stdDev(withMetrics(null, 3, undefined))?.metric, 0);
});

test("mean and stdDev are null without a metric", () => {
  for (const events of [[], [null], withMetrics(null, Number.NaN)])
    assert.deepEqual([mean(events), stdDev(events)], [null, null]);
});
