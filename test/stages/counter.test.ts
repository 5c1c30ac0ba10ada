import assert from "node:assert/strict";
import { test } from "node:test";
import { by, counter } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const counted = (steps: Parameters<typeof run>[1], init?: number) => run([counter(init)], steps).map((e) => e.metric);

test("replaces each metric with the sum so far", () => {
  assert.deepEqual(counted([{ metric: 1 }, { metric: 2 }, { metric: -4 }]), [1, 3, -1]);
});

test("begins with init", () => {
  assert.deepEqual(counted([{ metric: 1 }, { metric: 2 }], 10), [11, 13]);
});

test("passes events without a metric, or with NaN, and counts them for nothing", () => {
  assert.deepEqual(counted([{ metric: 1 }, { metric: null }, { metric: Number.NaN }, { metric: 2 }]), [
    1,
    null,
    Number.NaN,
    3,
  ]);
});

test("sets the sum to the metric of an event tagged reset, if it has one", () => {
  const tags = ["x", "reset"];
  assert.deepEqual(counted([{ metric: 5 }, { metric: 2, tags }, { metric: 1 }]), [5, 2, 3]);
  assert.deepEqual(counted([{ metric: 5 }, { metric: null, tags }, { metric: 1 }]), [5, null, 6]);
});

test("counts each key apart under by", () => {
  const steps = [
    { host: "a", metric: 1 },
    { host: "b", metric: 10 },
    { host: "a", metric: 1 },
  ];
  assert.deepEqual(
    run([by("host", [counter()])], steps).map((e) => e.metric),
    [1, 10, 2],
  );
});

test("refuses a beginning that is no number", () => {
  // @ts-expect-error a string
  assert.throws(() => counter("0"), {
    code: "FTS_STAGE_OPTION",
    message: 'counter(init): must be a finite number, got "0" (a string)',
  });
});
