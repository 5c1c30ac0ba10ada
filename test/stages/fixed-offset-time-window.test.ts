import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedOffsetTimeWindow, tag } from "../../src/stages/index.ts";
import { at, perform, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";

const times = (...all: readonly number[]) => all.map((time) => ({ metric: time, time }));

test("begins its windows at multiples of their length, below 0 too", () => {
  assert.deepEqual(lists(fixedOffsetTimeWindow(5), ...times(-7, -6, -5, -1, 0, 13, 15)), [
    [0, [-7, -6]],
    [0, [-5, -1]],
    [0, [0]],
    [0, []],
    [0, [13]],
  ]);
});

test("takes an event of the first window that is older than the first event", () => {
  assert.deepEqual(lists(fixedOffsetTimeWindow(5), ...times(13, 11, 9, 15)), [[0, [13, 11]]]);
  assert.equal(perform([fixedOffsetTimeWindow(5)], times(13, 11, 9, 15)).ledger.stages[0]?.dropped.late, 1);
});

test("ends its windows by the clock when asked to", () => {
  const window = fixedOffsetTimeWindow(5, { flush: "clock", grace: 1 });
  assert.deepEqual(lists(window, at(13, { metric: 1 }), at(15.5, { metric: 2, time: 14 }), wait(99)), [[16, [1, 2]]]);
  assert.equal(perform([window], [at(13, {})]).timersLeft, 0);
});

test("limits the empty lists of a gap when asked to, and gives late events to the stages for them", () => {
  assert.equal(lists(fixedOffsetTimeWindow(5, { maxEmpty: 1 }), ...times(0, 59)).length, 1 + 1);
  const { ledger } = perform([fixedOffsetTimeWindow(5, { late: [tag("late")] })], times(10, 3));
  assert.equal(ledger.stages.find((stage) => stage.place === "fixedOffsetTimeWindow#0/tag#0")?.received, 1);
});

test("gives out its open windows when its run ends", () => {
  assert.deepEqual(listsAtEnd(fixedOffsetTimeWindow(5, { grace: 9 }), ...times(13, 9)), [[9], [13]]);
});

test("refuses a length of 0 and wrong options", () => {
  assert.throws(() => fixedOffsetTimeWindow(0), {
    code: "FTS_STAGE_OPTION",
    message: "fixedOffsetTimeWindow(seconds): must be a number >= 0.001, got 0",
  });
  assert.throws(() => fixedOffsetTimeWindow(1, { grace: Number.NaN }), {
    message: "fixedOffsetTimeWindow(grace): must be a number >= 0, got NaN",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => fixedOffsetTimeWindow(1, { graze: 1 }), { message: /there is no option "graze"/ });
});
