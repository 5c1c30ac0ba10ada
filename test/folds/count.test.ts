import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { count } from "../../src/folds/count.ts";
import { withMetrics } from "./metrics.ts";

test("count is the first event with the number of events, those without a metric included", () => {
  const events = withMetrics(undefined, null, 5, Number.NaN);
  assert.deepEqual(count(events, 99), events[1]?.with({ metric: 3 }));
});

test("count of nothing is a new event of now that says 0", () => {
  assert.deepEqual(count([null], 99), event({ metric: 0, time: 99 }));
});
