import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, quotient, quotientSloppy } from "../../src/folds/difference.ts";
import { withMetrics } from "./metrics.ts";

const MISSING = "An event or metric was missing.";

test("difference and quotient go from the first metric through the others", () => {
  assert.equal(difference(withMetrics(10, 3, 2))?.metric, 5);
  assert.equal(quotient(withMetrics(12, 3, 8))?.metric, 0.5);
  assert.equal(quotient(withMetrics(0, 3))?.metric, 0);
});

test("difference and quotient keep all else of the first event", () => {
  const [first, second] = withMetrics(10, 4);
  assert.deepEqual(difference([first ?? null, second ?? null]), first?.with({ metric: 6 }));
});

test("a single event stays as it is, with a metric or without", () => {
  const [five = null] = withMetrics(5);
  const [none = null] = withMetrics(null);
  for (const fold of [difference, quotient]) assert.deepEqual([fold([five]), fold([none])], [five, none]);
});

test("difference and quotient without the first event are null", () => {
  for (const fold of [difference, quotient, quotientSloppy])
    assert.deepEqual([fold([]), fold(withMetrics(undefined, 1)), fold(withMetrics(undefined, 0))], [null, null, null]);
});

test("difference and quotient say so when an event or metric is missing", () => {
  for (const fold of [difference, quotient])
    for (const events of [
      withMetrics(1, undefined),
      withMetrics(null, 1),
      withMetrics(1, 2, null),
      withMetrics(1, Number.NaN),
    ])
      assert.deepEqual([fold(events)?.metric, fold(events)?.description], [null, MISSING]);
});

test("quotient says so when it would divide by zero", () => {
  const result = quotient(withMetrics(1, 0));
  assert.deepEqual([result?.metric, result?.description], [null, "Can't divide by zero."]);
  assert.equal(quotient(withMetrics(1, -0))?.metric, null);
});

test("quotientSloppy is 0 when any metric is", () => {
  for (const events of [withMetrics(0, 0), withMetrics(3, 0), withMetrics(0, null), withMetrics(2, undefined, 0)])
    assert.equal(quotientSloppy(events)?.metric, 0);
  assert.equal(quotientSloppy(withMetrics(6, 4))?.metric, 1.5);
  assert.equal(quotientSloppy(withMetrics(6, null))?.description, MISSING);
});
