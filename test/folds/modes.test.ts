import assert from "node:assert/strict";
import { test } from "node:test";
import { mode, modes } from "../../src/folds/modes.ts";
import { withMetrics } from "./metrics.ts";

test("modes are the last events of the most frequent metrics", () => {
  const times = modes(withMetrics(1, 2, 3, 2, 1)).map((event) => [event.metric, event.time]);
  assert.deepEqual(times, [
    [1, 4],
    [2, 3],
  ]);
});

test("mode is one of them, the one that came first", () => {
  assert.deepEqual([mode(withMetrics(1, 2, 2, 1))?.metric, mode(withMetrics(1, 2, 2))?.time], [1, 2]);
});

test("a metric that is null counts as one, an event that is missing does not", () => {
  assert.deepEqual(mode(withMetrics(undefined, undefined, null, null, 1))?.metric, null);
});

test("modes of nothing are none, and the mode null", () => {
  assert.deepEqual([modes([null]), mode([])], [[], null]);
});
