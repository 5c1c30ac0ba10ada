import assert from "node:assert/strict";
import { test } from "node:test";
import { interpolateConstant } from "../../src/stages/index.ts";
import { at, perform, runTimed, type Step, wait } from "../../src/testing/index.ts";

const timed = (stage: ReturnType<typeof interpolateConstant>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric, one.value.time]);

test("emits the first event at once, then the newest with each interval, with the time of now", () => {
  const steps = [
    at(3, { metric: 1, time: -7 }),
    at(4, { metric: 2 }),
    at(14, { metric: 3 }),
    at(15, { metric: 4 }),
    wait(9),
  ];
  assert.deepEqual(timed(interpolateConstant(5), ...steps), [
    [3, 1, 3],
    [8, 2, 8],
    [13, 2, 13],
    [18, 4, 18],
    [23, 4, 23],
  ]);
});

test("ends with the ttl of the newest event, or after idle seconds", () => {
  assert.equal(timed(interpolateConstant(5), { ttl: 12 }, wait(100)).length, 1 + 2);
  assert.equal(timed(interpolateConstant(1), {}, wait(1000)).length, 1 + 60);
  assert.equal(timed(interpolateConstant(5, { idle: 0 }), {}, wait(1000)).length, 1);
});

test("the next event after its end is a first one", () => {
  assert.deepEqual(timed(interpolateConstant(5, { idle: 0 }), { metric: 1 }, at(53, { metric: 2, time: 9 }), wait(9)), [
    [0, 1, 0],
    [53, 2, 53],
  ]);
});

test("an expired event is emitted as it is and ends it, and the next one is a first one", () => {
  const steps = [{ metric: 1 }, at(2, { metric: 2, state: "expired", time: 1 }), at(9, { metric: 3 }), wait(5)];
  assert.deepEqual(timed(interpolateConstant(5), ...steps), [
    [0, 1, 0],
    [2, 2, 1],
    [9, 3, 9],
    [14, 3, 14],
  ]);
});

test("aligned to the clock, speaks at multiples of the interval", () => {
  assert.deepEqual(timed(interpolateConstant(5, { align: "clock" }), at(3, { metric: 1 }), wait(7)), [
    [3, 1, 3],
    [5, 1, 5],
    [10, 1, 10],
  ]);
});

test("leaves no timer when it is idle", () => {
  assert.equal(perform([interpolateConstant(5)], [{}, wait(1000)]).timersLeft, 0);
});

test("refuses an interval that is none", () => {
  assert.throws(() => interpolateConstant(0), {
    code: "FTS_STAGE_OPTION",
    message: "interpolateConstant(interval): must be a number >= 0.001, got 0",
  });
  assert.throws(() => interpolateConstant(5, { idle: -1 }), {
    message: /^interpolateConstant\(idle\): .* >= 0, got -1/,
  });
  // @ts-expect-error a typing slip
  assert.throws(() => interpolateConstant(5, { idel: 1 }), {
    message: /no option "idel"; did you mean "idle"\? it takes idle, align$/,
  });
});
