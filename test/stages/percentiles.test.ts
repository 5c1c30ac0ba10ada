import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { by, percentiles } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { trial } from "./trial.ts";

const METHODS = ["exact", "histogram"] as const;

const timed = (stage: ReturnType<typeof percentiles>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.service, one.value.metric]);

const hundred = Array.from({ length: 100 }, (_, metric): Step => ({ service: "api", metric: 99 - metric }));

test("emits at the end of a window the events in the places of the points, in their order", () => {
  assert.deepEqual(timed(percentiles(5, [1, 0.99, 0.5, 0]), ...hundred, wait(5)), [
    [5, "api 1", 99],
    [5, "api 0.99", 99],
    [5, "api 0.5", 50],
    [5, "api 0", 0],
  ]);
});

test("takes the higher of two for the median, and never something in between", () => {
  assert.deepEqual(timed(percentiles(5, [0.5]), { metric: 1 }, { metric: 9 }, wait(5)), [[5, " 0.5", 9]]);
});

test("adds to the service what an object of points says, from the lowest upwards", () => {
  assert.deepEqual(timed(percentiles(5, { 1: " worst", 0.5: " median" }), ...hundred, wait(5)), [
    [5, "api median", 50],
    [5, "api worst", 99],
  ]);
});

test("exact gives real events, histogram the last one with metric and time replaced", () => {
  const steps = [
    { metric: 9, time: -7, description: "slow" },
    { metric: 1, description: "fast" },
    { metric: 2, description: "last", ttl: 9 },
    wait(5),
  ];
  const given = METHODS.map((method) => {
    const [out] = run([percentiles(5, [1], { method })], steps);
    return [out?.metric, out?.time, out?.ttl, out?.description];
  });
  assert.deepEqual(given, [
    [9, -7, null, "slow"],
    [9, 5, 9, "last"],
  ]);
});

test("histogram is within 1.6 % of exact, whatever the metrics", () => {
  const metric = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.double({ min: 1e-6, max: 1e9, noNaN: true }));
  const points = [0, 0.5, 0.9, 0.99, 1];
  fc.assert(
    fc.property(fc.array(metric, { minLength: 1 }), (metrics) => {
      const steps = [...metrics.map((metric) => ({ metric })), wait(5)];
      const [exact = [], near = []] = METHODS.map((method) =>
        run([percentiles(5, points, { method })], steps).map((event) => event.metric ?? 0),
      );
      const sorted = metrics.toSorted((a, b) => a - b);
      assert.deepEqual(
        exact,
        points.map((point) => sorted[Math.min(metrics.length - 1, Math.floor(metrics.length * point))]),
      );
      for (const [n, value] of exact.entries()) assert.ok(Math.abs((near[n] ?? 0) - value) <= Math.abs(value) / 64);
    }),
    { numRuns: rounds(50) },
  );
});

for (const method of METHODS) {
  test(`${method}: adds each point to the service`, () => {
    const given = timed(percentiles(5, [1, 0.5], { method }), { service: "api", metric: 1 }, wait(5));
    assert.deepEqual(given, [
      [5, "api 1", 1],
      [5, "api 0.5", 1],
    ]);
  });

  const median = () => percentiles(5, { 0.5: "" }, { method });

  test(`${method}: windows follow each other from the first event on, and empty ones give nothing`, () => {
    const steps = [at(3, { metric: 1 }), at(21, { metric: 2 }), wait(100)];
    assert.deepEqual(timed(median(), ...steps), [
      [8, "", 1],
      [23, "", 2],
    ]);
  });

  test(`${method}: aligned to the clock, windows end at multiples of the interval`, () => {
    const aligned = percentiles(5, { 0.5: "" }, { method, align: "clock" });
    assert.deepEqual(timed(aligned, at(3, { metric: 1 }), at(5, { metric: 2 }), at(12, { metric: 3 }), wait(9)), [
      [5, "", 1],
      [10, "", 2],
      [15, "", 3],
    ]);
  });

  test(`${method}: a window counts its own events alone`, () => {
    const steps = [1, 2, 3, 10, 20, 30].map((metric, second) => at(second < 3 ? 0 : 5, { metric }));
    const [first = 0, second = 0] = timed(median(), ...steps, wait(5)).map(([, , metric]) => Number(metric));
    assert.ok(Math.abs(first / 2 - 1) <= 1 / 64 && Math.abs(second / 20 - 1) <= 1 / 64, `${first} and ${second}`);
  });

  test(`${method}: an expired event is not counted, gives out the window, and the next event begins anew`, () => {
    const steps = [{ metric: 1 }, at(2, { metric: 100, state: "expired" }), at(3, { metric: 7 }), wait(100)];
    assert.deepEqual(timed(median(), ...steps), [
      [2, "", 1],
      [8, "", 7],
    ]);
  });

  test(`${method}: no event is seen in a later window, though its ttl be over by then`, () => {
    assert.deepEqual(timed(median(), { metric: 1, ttl: 2 }, at(50, { metric: 7 }), wait(100)), [
      [5, "", 1],
      [55, "", 7],
    ]);
  });

  test(`${method}: what has no finite metric is ignored and opens no window`, () => {
    const none = [{}, { metric: Number.NaN }, { metric: Number.POSITIVE_INFINITY }];
    assert.deepEqual(timed(median(), ...none, at(3, { metric: 1 }), ...none, wait(100)), [[8, "", 1]]);
  });

  test(`${method}: an expired event after the window gives nothing, and no event is counted as dropped`, () => {
    const { values, ledger } = perform([median()], [{ metric: 1 }, wait(5), { state: "expired" }]);
    assert.equal(values.length, 1);
    assert.deepEqual(ledger.stages[0]?.dropped, {
      late: 0,
      overflow: 0,
      failed: 0,
      refused: 0,
      evicted: 0,
      silenced: 0,
      merged: 0,
    });
  });

  test(`${method}: a key that makes room for another gives out its window`, () => {
    const { values, timersLeft } = perform(
      [by("host", [median()], { max: 1 })],
      [{ host: "a", metric: 1 }, wait(1), { host: "b", metric: 2 }, wait(1)],
    );
    assert.deepEqual([values.map((one) => one.at), timersLeft], [[1], 0]);
  });
}

test("exact holds max events, and counts further ones as overflow", () => {
  const { values, ledger } = perform(
    [percentiles(5, [1], { max: 2 })],
    [{ metric: 1 }, { metric: 2 }, { metric: 3 }, wait(5)],
  );
  assert.deepEqual([values.length, ledger.stages[0]?.dropped.overflow], [1, 1]);
  const full = trial([percentiles(5, [1])]);
  full.offer(new Array(10_001).fill(event({ metric: 1, time: 0 })));
  assert.equal(full.report().stages[0]?.dropped.overflow, 1, "10,000 when nothing is said");
  full.end();
});

test("refuses points outside 0 to 1, no interval, and wrong options", () => {
  const refused = (make: () => unknown, message: string) => assert.throws(make, { code: "FTS_STAGE_OPTION", message });
  refused(() => percentiles(0, [0.5]), "percentiles(interval): must be a number >= 0.001, got 0");
  refused(
    () => percentiles(5, [99]),
    "percentiles(points): must be a list of numbers from 0 to 1, or an object of these and strings, got [99]",
  );
  refused(
    // @ts-expect-error a typing slip
    () => percentiles(5, [0.5], { method: "hdr" }),
    'percentiles(method): must be one of "exact", "histogram", got "hdr" (a string)',
  );
  refused(
    // @ts-expect-error a typing slip
    () => percentiles(5, [0.5], { methode: "exact" }),
    'percentiles(options): there is no option "methode"; did you mean "method"? it takes method, max, align',
  );
  refused(() => percentiles(5, [0.5], { max: 0 }), "percentiles(max): must be a whole number >= 1, got 0");
});
