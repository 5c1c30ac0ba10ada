import assert from "node:assert/strict";
import { test } from "node:test";
import { by, rate } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const timed = (stage: ReturnType<typeof rate>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric]);

test("emits the sum of metrics divided by the interval, at the end of each window", () => {
  assert.deepEqual(timed(rate(5), { metric: 10 }, { metric: 20 }, wait(5)), [[5, 6]]);
});

test("starts the first window with the first event, and the next ones without drift", () => {
  assert.deepEqual(timed(rate(5), at(3, { metric: 5 }), at(9, { metric: 10 }), at(13, { metric: 15 }), wait(5)), [
    [8, 1],
    [13, 2],
    [18, 3],
  ]);
});

test("emits the last event of the window with metric and time replaced", () => {
  const [out] = run(
    [rate(5)],
    [{ host: "a", metric: 1 }, { host: "b", state: "ok", metric: 2, ttl: 7, tags: ["t"] }, wait(5)],
  );
  assert.deepEqual([out?.host, out?.state, out?.ttl, out?.tags, out?.time], ["b", "ok", 7, ["t"], 5]);
});

test("counts by the clock, whatever the events' times", () => {
  assert.deepEqual(timed(rate(5), { metric: 5, time: -1000 }, { metric: 5, time: 1000 }, wait(5)), [[5, 2]]);
});

test("divides by the interval in every window", () => {
  const steady = Array.from({ length: 20 }, (_, second) => at(second + 0.5, { metric: 10 }));
  assert.deepEqual(timed(rate(1, { idle: 0 }), ...steady, wait(5)).slice(0, 3), [
    [1.5, 10],
    [2.5, 10],
    [3.5, 10],
  ]);
});

test("emits zeros while nothing comes, with a ttl that runs down, until the ttl is over", () => {
  const out = runTimed([rate(1)], [{ metric: 3, ttl: 3 }, wait(20)]);
  assert.deepEqual(
    out.map((one) => [one.at, one.value.metric, one.value.ttl]),
    [
      [1, 3, 3],
      [2, 0, 2],
      [3, 0, 1],
    ],
  );
});

test("zeros have the time at which they are emitted, and no ttl when the last event had none", () => {
  const zeros = run([rate(5, { idle: 10 })], [{ host: "a", metric: 1, time: -7 }, wait(1000)]).slice(1);
  assert.deepEqual(
    zeros.map(({ host, time, ttl }) => [host, time, ttl]),
    [
      ["a", 10, null],
      ["a", 15, null],
    ],
  );
});

test("stops the zeros of events without ttl after idle seconds", () => {
  assert.equal(timed(rate(1), { metric: 1 }, wait(1000)).length, 1 + 60);
  assert.equal(timed(rate(5, { idle: 10 }), { metric: 1 }, wait(1000)).length, 1 + 2);
  assert.equal(timed(rate(5, { idle: 0 }), { metric: 1 }, wait(1000)).length, 1);
});

test("starts a new first window, with a new sum, after it stopped", () => {
  assert.deepEqual(timed(rate(5, { idle: 0 }), { metric: 5 }, at(17, { metric: 10 }), wait(100)), [
    [5, 1],
    [22, 2],
  ]);
});

test("emits a window that had events although their ttl is over by its end", () => {
  assert.deepEqual(timed(rate(60), { metric: 60, ttl: 5 }, wait(1000)), [[60, 1]]);
});

test("gives out the unfinished window when the series expires, and begins anew with the next event", () => {
  const steps = [{ metric: 5 }, at(2, { metric: 100, state: "expired" }), at(3, { metric: 10 }), wait(6)];
  assert.deepEqual(timed(rate(5), ...steps), [
    [2, 1],
    [8, 2],
  ]);
});

test("gives out the unfinished window when its run ends", () => {
  const steps = [{ host: "a", metric: 10 }, at(2, { host: "b", metric: 5 })];
  assert.deepEqual(
    runTimed([by("host", [rate(5)], { max: 1 })], steps).map((one) => [one.at, one.value.metric]),
    [[2, 2]],
  );
});

test("ends zeros when the series expires", () => {
  assert.deepEqual(timed(rate(5), { metric: 5 }, at(6, { state: "expired" }), wait(100)), [[5, 1]]);
});

test("ignores events without a metric and metrics that are not numbers", () => {
  assert.deepEqual(timed(rate(5), { service: "a" }, { metric: Number.NaN }, wait(20)), []);
  assert.deepEqual(timed(rate(5, { idle: 0 }), { metric: 5 }, { service: "a" }, { metric: Number.NaN }, wait(20)), [
    [5, 1],
  ]);
});

test("ignores an infinite metric, after which no sum would be one", () => {
  const steps = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5].map((metric) => ({ metric }));
  assert.deepEqual(timed(rate(5, { idle: 0 }), ...steps, wait(20)), [[5, 1]]);
});

test("gives no ttl below 0, should the last event's time lie ahead of the clock", () => {
  const ttls = run([rate(5)], [{ metric: 1, time: 30, ttl: 7 }, wait(30)]).map((event) => event.ttl);
  assert.deepEqual(ttls, [7, 2, 0, 0, 0, 0]);
});

test("neither loses nor doubles a metric, however events fall into windows and expiries", () => {
  const step = fc.record({
    gap: fc.integer({ min: 0, max: 30 }),
    metric: fc.integer({ min: 0, max: 9 }),
    isExpired: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20, size: "max" }), (given) => {
      const steps = given.flatMap((one): Step[] => [
        wait(one.gap),
        one.isExpired ? { state: "expired" } : { metric: one.metric },
      ]);
      const out = timed(rate(4, { idle: 9 }), ...steps, wait(4));
      const sum = given.reduce((total, one) => total + (one.isExpired ? 0 : one.metric), 0);
      assert.equal(
        out.reduce((total, [, metric]) => total + (metric ?? 0) * 4, 0),
        sum,
      );
    }),
    { numRuns: rounds(50) },
  );
});

test("refuses windows shorter than what a clock measures: they would not end after they begin", () => {
  rate(0.001, { align: "clock" });
  assert.throws(() => rate(1e-9, { align: "clock" }), {
    code: "FTS_STAGE_OPTION",
    message: "rate(interval): must be a number >= 0.001, got 1e-9",
  });
});

test("leaves no timer once it is idle, and none after the run", () => {
  assert.equal(perform([by("host", [rate(1)])], [{ metric: 1 }]).timersLeft, 0);
});

test("refuses an interval that is no number >= 0.001, and wrong options", () => {
  // @ts-expect-error a string
  assert.throws(() => rate("5"), {
    code: "FTS_STAGE_OPTION",
    message: 'rate(interval): must be a number >= 0.001, got "5" (a string)',
  });
  assert.throws(() => rate(-1), {
    code: "FTS_STAGE_OPTION",
    message: "rate(interval): must be a number >= 0.001, got -1",
  });
  assert.throws(() => rate(1, { idle: -1 }), {
    code: "FTS_STAGE_OPTION",
    message: "rate(idle): must be a number >= 0, got -1",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => rate(1, { idel: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "idel"; did you mean "idle"\? it takes idle, align$/,
  });
});

test("aligned to the clock, windows end at multiples of the interval", () => {
  const aligned = rate(5, { align: "clock", idle: 0 });
  assert.deepEqual(timed(aligned, at(3, { metric: 5 }), at(5, { metric: 10 }), at(23, { metric: 15 }), wait(100)), [
    [5, 1],
    [10, 2],
    [25, 3],
  ]);
});
