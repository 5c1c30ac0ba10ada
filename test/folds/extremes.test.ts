import assert from "node:assert/strict";
import { test } from "node:test";
import { maximum, minimum } from "../../src/folds/extremes.ts";
import { withMetrics } from "./metrics.ts";

test("minimum and maximum are an event as it was", () => {
  const events = withMetrics(3, -1, 7);
  assert.deepEqual([minimum(events), maximum(events)], [events[1], events[2]]);
});

test("of several events minimum and maximum are the last", () => {
  const events = withMetrics(1, 2, 1, 2, undefined);
  assert.deepEqual([minimum(events)?.time, maximum(events)?.time], [2, 3]);
});

test("minimum and maximum leave out what is null or NaN, which is no 0", () => {
  const events = withMetrics(null, 5, Number.NaN, undefined);
  assert.deepEqual([minimum(events)?.metric, maximum(events)?.metric], [5, 5]);
  assert.equal(maximum(withMetrics(-5, null))?.metric, -5);
});

test("minimum and maximum are null without a metric", () => {
  assert.deepEqual([minimum(withMetrics(null)), maximum([])], [null, null]);
});
