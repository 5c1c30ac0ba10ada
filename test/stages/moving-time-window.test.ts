import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { movingTimeWindow, tag } from "../../src/stages/index.ts";
import { at, perform, type Step, wait } from "../../src/testing/index.ts";
import { lists } from "./lists.ts";
import { trial } from "./trial.ts";

const times = (...all: readonly number[]): Step[] => all.map((time) => ({ metric: time, time }));
const given = (window: ReturnType<typeof movingTimeWindow>, ...steps: readonly Step[]) =>
  lists(window, ...steps).map(([, metrics]) => metrics);

test("gives with each event those of the last seconds by their times; the oldest leaves at exactly the length", () => {
  assert.deepEqual(given(movingTimeWindow(5), ...times(0, 3, 4.9, 5, 20)), [
    [0],
    [0, 3],
    [0, 3, 4.9],
    [3, 4.9, 5],
    [20],
  ]);
});

test("takes an event that is older than the latest but within the window, in the order of arrival", () => {
  assert.deepEqual(given(movingTimeWindow(5), ...times(10, 7, 12)), [[10], [10, 7], [10, 12]]);
});

test("drops and counts what is older than the window, and gives it to the stages for that", () => {
  const late = [tag("late")];
  const { ledger, values } = perform([movingTimeWindow(5, { late })], times(10, 5, 5.1, 4, 11));
  assert.equal(values.length, 3);
  assert.equal(ledger.stages[0]?.dropped.late, 2);
  assert.equal(ledger.stages.find((stage) => stage.place.includes("tag"))?.received, 2);
});

test("takes negative times", () => {
  assert.deepEqual(given(movingTimeWindow(5), ...times(-9, -5)), [[-9], [-9, -5]]);
});

test("stays as it is while no event comes, unless it is flushed by the clock: then events leave one by one", () => {
  const steps = [at(1, { metric: 1 }), at(3, { metric: 3 }), wait(99)];
  assert.equal(lists(movingTimeWindow(5), ...steps).length, 2);
  const emptied = [
    [1, [1]],
    [3, [1, 3]],
    [6, [3]],
    [8, []],
  ];
  assert.deepEqual(lists(movingTimeWindow(5, { flush: "clock" }), ...steps), emptied);
  assert.deepEqual(lists(movingTimeWindow(5, { flush: "clock", grace: 2 }), ...steps).slice(2), [
    [8, [3]],
    [10, []],
  ]);
});

test("by the clock lets what came out of order leave when its own time has come", () => {
  const steps = [at(5, { metric: 5 }), at(6, { metric: 2, time: 2 }), wait(99)];
  assert.deepEqual(lists(movingTimeWindow(5, { flush: "clock" }), ...steps), [
    [5, [5]],
    [6, [5, 2]],
    [7, [5]],
    [10, []],
  ]);
});

test("by the clock each leaves at its own time, not at that of one that left before it", () => {
  const steps = [at(5, { metric: 5 }), at(6, { metric: 1.5, time: 1.5 }), at(9, { metric: 9 }), wait(99)];
  assert.deepEqual(lists(movingTimeWindow(5, { flush: "clock" }), ...steps), [
    [5, [5]],
    [6, [5, 1.5]],
    [6.5, [5]],
    [9, [5, 9]],
    [10, [9]],
    [14, []],
  ]);
});

test("by the clock gives nothing when what would leave has left already, and then needs no timer", () => {
  const steps = [at(1, { metric: 1 }), at(2, { metric: 9, time: 9 }), wait(99)];
  assert.deepEqual(lists(movingTimeWindow(5, { flush: "clock" }), ...steps), [
    [1, [1]],
    [2, [9]],
    [14, []],
  ]);
  const run = trial([movingTimeWindow(5, { flush: "clock" })]);
  run.offer([event({ time: 0 })]);
  run.advanceTo(5);
  assert.equal(run.clock.timers, 0);
});

test("by the clock takes an event for late that would have left", () => {
  const steps = [at(5, { metric: 5 }), at(20, { metric: 15, time: 15 }), at(20, { metric: 16, time: 16 })];
  const { ledger } = perform([movingTimeWindow(5, { flush: "clock" })], steps);
  assert.equal(ledger.stages[0]?.dropped.late, 1);
});

test("holds max events: the oldest leaves for a new one, and is counted as overflow", () => {
  const window = movingTimeWindow(5, { max: 2 });
  assert.deepEqual(given(window, ...times(1, 2, 3)), [[1], [1, 2], [2, 3]]);
  assert.equal(perform([window], times(1, 2, 3)).ledger.stages[0]?.dropped.overflow, 1);
});

test("takes events without a metric and expired ones as any other", () => {
  assert.deepEqual(given(movingTimeWindow(5), { state: "expired", metric: 1 }, {}).at(-1), [1, null]);
});

test("leaves no timer behind", () => {
  assert.equal(perform([movingTimeWindow(5, { flush: "clock" })], times(1, 2)).timersLeft, 0);
});

test("refuses a length of 0 and wrong options", () => {
  assert.throws(() => movingTimeWindow(0), {
    code: "FTS_STAGE_OPTION",
    message: "movingTimeWindow(seconds): must be a number >= 0.001, got 0",
  });
  assert.throws(() => movingTimeWindow(1, { max: 1.5 }), {
    message: "movingTimeWindow(max): must be a whole number >= 1, got 1.5",
  });
  // @ts-expect-error it has no gaps
  assert.throws(() => movingTimeWindow(1, { maxEmpty: 1 }), { message: /there is no option "maxEmpty"/ });
});
