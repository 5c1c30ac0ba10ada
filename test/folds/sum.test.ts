import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { product, sum } from "../../src/folds/sum.ts";
import { withMetrics } from "./metrics.ts";

test("sum and product are the first event with another metric", () => {
  const first = event({ host: "a", service: "s", state: "ok", metric: 2, time: 7, ttl: 3, tags: ["t"] });
  const events = [first, ...withMetrics(3, 4)];
  assert.deepEqual(sum(events), first.with({ metric: 9 }));
  assert.deepEqual(product(events), first.with({ metric: 24 }));
});

test("sum and product leave out what is missing, null or NaN", () => {
  const events = withMetrics(undefined, null, 2, undefined, Number.NaN, 5);
  assert.deepEqual([sum(events)?.metric, sum(events)?.time], [7, 1]);
  assert.deepEqual([product(events)?.metric, product(events)?.time], [10, 1]);
});

test("sum is 0 and product 1 when no event has a metric", () => {
  assert.equal(sum(withMetrics(null))?.metric, 0);
  assert.equal(product(withMetrics(null))?.metric, 1);
});

test("sum and product of no event are null", () => {
  assert.deepEqual([sum([]), product([null])], [null, null]);
});
