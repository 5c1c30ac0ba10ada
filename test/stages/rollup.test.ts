import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { by, rollup } from "../../src/stages/index.ts";
import { at, perform, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";
import { overflowAround, trial } from "./trial.ts";

const events = (...seconds: readonly number[]) => seconds.map((second) => at(second, { metric: second }));

test("gives the first n events at once, one to a list, and the others when the window ends", () => {
  assert.deepEqual(lists(rollup(2, 10), ...events(1, 2, 3, 4), wait(100)), [
    [1, [1]],
    [2, [2]],
    [10, [3, 4]],
  ]);
});

test("counts the list at a window's end as one of the next window", () => {
  assert.deepEqual(lists(rollup(2, 10), ...events(1, 2, 3, 11, 12, 13), wait(100)), [
    [1, [1]],
    [2, [2]],
    [10, [3]],
    [11, [11]],
    [20, [12, 13]],
  ]);
});

test("gives one list a window while a flood lasts, and recovers after a quiet window", () => {
  assert.deepEqual(lists(rollup(1, 10), ...events(1, 2, 12, 22, 41, 42), wait(100)), [
    [1, [1]],
    [10, [2]],
    [20, [12]],
    [30, [22]],
    [41, [41]],
    [50, [42]],
  ]);
});

test("begins its windows when it starts, or by the clock when asked to", () => {
  // Under by the stages start with their key's first event: here at 7.
  const late = (window: ReturnType<typeof rollup>) => lists(by("host", [window]), ...events(7, 8), wait(100));
  assert.deepEqual(late(rollup(1, 10)), [
    [7, [7]],
    [17, [8]],
  ]);
  assert.deepEqual(late(rollup(1, 10, { align: "clock" })), [
    [7, [7]],
    [10, [8]],
  ]);
});

test("gathers everything when n is 0", () => {
  assert.deepEqual(lists(rollup(0, 10), ...events(1, 2, 11), wait(100)), [
    [10, [1, 2]],
    [20, [11]],
  ]);
});

test("treats events without a metric and expired ones as any other, whatever their times", () => {
  assert.deepEqual(lists(rollup(1, 10), { time: 99 }, { state: "expired", time: -99 }, wait(20)), [
    [0, [null]],
    [10, [null]],
  ]);
});

test("gives out what it holds when its run ends", () => {
  assert.deepEqual(listsAtEnd(rollup(1, 10), { metric: 1 }, { metric: 2 }, { metric: 3 }), [[1], [2, 3]]);
});

test("holds max events, and counts those beyond as overflow", () => {
  const { values, ledger } = perform([rollup(1, 10, { max: 2 })], [...events(1, 2, 3, 4, 5), wait(10)]);
  assert.equal(values.length, 2);
  assert.equal(ledger.stages[0]?.dropped.overflow, 2);
});

test("holds 100,000 events when nothing is said", () => {
  assert.deepEqual(overflowAround(100_000, rollup(0, 10)), [0, 1]);
});

test("needs no timer after a quiet window", () => {
  const run = trial([rollup(1, 10)]);
  run.offer([event({ time: 0 }), event({ time: 0 })]);
  run.advanceTo(19);
  assert.equal(run.clock.timers, 1, "its delivery counts in this window");
  run.advanceTo(20);
  assert.equal(run.clock.timers, 0);
});

test("leaves no timer behind", () => {
  assert.equal(perform([rollup(1, 10)], events(1, 2, 3)).timersLeft, 0);
});

test("refuses a negative number, a time of 0 and unknown options", () => {
  assert.throws(() => rollup(-1, 1), {
    code: "FTS_STAGE_OPTION",
    message: /^rollup\(n\): must be a whole number >= 0/,
  });
  assert.throws(() => rollup(1, 0), {
    code: "FTS_STAGE_OPTION",
    message: /^rollup\(seconds\): must be a number >= 0.001/,
  });
  assert.throws(() => rollup(1, 1, { max: 0 }), {
    code: "FTS_STAGE_OPTION",
    message: /^rollup\(max\): must be a whole/,
  });
  // @ts-expect-error a typing slip
  assert.throws(() => rollup(1, 1, { maxi: 1 }), {
    message: /no option "maxi"; did you mean "max"\? it takes align, max$/,
  });
  // @ts-expect-error there is one alignment
  assert.throws(() => rollup(1, 1, { align: "day" }), {
    code: "FTS_STAGE_OPTION",
    message: /^rollup\(align\): must be/,
  });
});
