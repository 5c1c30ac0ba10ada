import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { bitBucket, fixedTimeWindow, tag } from "../../src/stages/index.ts";
import { at, perform, type Step, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";
import { overflowAround, trial } from "./trial.ts";

/** Events with these times, which are their metrics as well, all at second 0. */
const times = (...all: readonly number[]): Step[] => all.map((time) => ({ metric: time, time }));
const given = (window: ReturnType<typeof fixedTimeWindow>, ...steps: readonly Step[]) =>
  lists(window, ...steps).map(([, metrics]) => metrics);
const dropped = (window: ReturnType<typeof fixedTimeWindow>, ...steps: readonly Step[]) =>
  perform([window], steps, { maxAhead: Number.POSITIVE_INFINITY }).ledger.stages[0]?.dropped;

test("gives the events of a window when one comes for a later window, the first begins with the first event", () => {
  assert.deepEqual(given(fixedTimeWindow(5), ...times(3, 4, 7.9, 8, 12, 13)), [
    [3, 4, 7.9],
    [8, 12],
  ]);
});

test("gives an empty list for each window without events", () => {
  assert.deepEqual(given(fixedTimeWindow(5), ...times(0, 17, 20)), [[0], [], [], [17]]);
});

test("limits the empty lists of a gap, so that one event after a long time does no harm", () => {
  assert.equal(given(fixedTimeWindow(0.001), ...times(0, 59)).length, 1 + 1000);
  assert.deepEqual(given(fixedTimeWindow(5, { maxEmpty: 1 }), ...times(0, 17, 20)), [[0], [], [17]]);
  assert.deepEqual(given(fixedTimeWindow(5, { maxEmpty: 0 }), ...times(0, 17, 20)), [[0], [17]]);
});

test("keeps events of the window in the order they came, whatever their times within it", () => {
  assert.deepEqual(given(fixedTimeWindow(5), ...times(0, 4, 2, 5)), [[0, 4, 2]]);
});

test("drops and counts events for windows that are over, those before the first among them", () => {
  const steps = times(10, 9, 15, 14, 20);
  assert.deepEqual(given(fixedTimeWindow(5), ...steps), [[10], [15]]);
  assert.equal(dropped(fixedTimeWindow(5), ...steps)?.late, 2);
});

test("takes times beyond all calendars for late: they neither set the windows nor keep the clock busy for ever", () => {
  const window = fixedTimeWindow(4, { flush: "clock" });
  const steps = [...times(-(2 ** 63), -1e308, 3, -(2 ** 63)), wait(99)];
  assert.deepEqual(given(window, ...steps), [[3]]);
  assert.equal(dropped(window, ...steps)?.late, 3);
  assert.equal(
    dropped(fixedTimeWindow(0.001), ...times(-1e12, 8.6e12))?.late,
    1,
    "a window too far away to be counted",
  );
});

test("takes negative times", () => {
  assert.deepEqual(given(fixedTimeWindow(5), ...times(-7, -3, -2)), [[-7, -3]]);
});

test("with grace waits for late events, and gives the windows in their order", () => {
  assert.deepEqual(given(fixedTimeWindow(5, { grace: 3 }), ...times(10, 8, 16, 14, 17.9, 18, 13, 23)), [
    [8],
    [10, 14],
    [16, 17.9, 18],
  ]);
});

test("with grace counts as late only what comes after it", () => {
  const steps = times(10, 17.9, 14, 18, 14);
  assert.equal(dropped(fixedTimeWindow(5, { grace: 3 }), ...steps)?.late, 1);
});

test("with grace gives empty lists in their places", () => {
  assert.deepEqual(given(fixedTimeWindow(5, { grace: 6 }), ...times(0, 10, 11, 16, 21)), [[0], [], [10, 11]]);
});

test("gives nothing while no event comes, unless it is flushed by the clock", () => {
  const steps = [at(100, { metric: 1 }), at(101, { metric: 2 }), wait(1e6)];
  assert.deepEqual(lists(fixedTimeWindow(5), ...steps), []);
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock" }), ...steps), [[105, [1, 2]]]);
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock", grace: 3 }), ...steps), [[108, [1, 2]]]);
});

test("by the clock gives several open windows each at its own end", () => {
  const steps = [at(0, { metric: 0, time: 0 }), at(1, { metric: 7, time: 7 }), at(2, { metric: 3, time: 3 }), wait(99)];
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock", grace: 4 }), ...steps), [
    [9, [0, 3]],
    [14, [7]],
  ]);
});

test("by the clock closes the earlier of two windows first, also when its events came later", () => {
  const steps = [at(0, { metric: 7, time: 7 }), at(1, { metric: 3, time: 3 }), wait(99)];
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock", grace: 4 }), ...steps), [
    [11, [3]],
    [16, [7]],
  ]);
});

test("by the clock gives the empty windows of a gap once the next event has come", () => {
  const steps = [at(0, { metric: 0 }), at(16, { metric: 16 }), wait(99)];
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock" }), ...steps), [
    [5, [0]],
    [16, []],
    [16, []],
    [20, [16]],
  ]);
});

test("by the clock takes an event for late whose window is over on the clock", () => {
  const steps = [at(0, { metric: 0 }), at(6, { metric: 4, time: 4 }), at(7, { metric: 7 }), wait(99)];
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock" }), ...steps), [
    [5, [0]],
    [10, [7]],
  ]);
  assert.equal(dropped(fixedTimeWindow(5, { flush: "clock" }), ...steps)?.late, 1);
  assert.equal(dropped(fixedTimeWindow(5, { flush: "clock" }), at(100, { time: 9 }))?.late, 1, "the first one too");
});

test("by the clock a window ends at its end, however late its first event came", () => {
  const steps = [at(0, { metric: 0 }), at(9.5, { metric: 9 }), wait(99)];
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock" }), ...steps), [
    [5, [0]],
    [10, [9]],
  ]);
});

test("by the clock still ends a window early for an event from beyond it", () => {
  assert.deepEqual(lists(fixedTimeWindow(5, { flush: "clock" }), ...times(1, 2, 8), wait(99)), [
    [0, [1, 2]],
    [11, [8]],
  ]);
});

test("gives late events to the stages for them, and what these emit ends there", () => {
  const window = fixedTimeWindow(5, { late: [tag("late"), bitBucket()] });
  const loud = fixedTimeWindow(5, { late: [tag("late")] });
  const { ledger, values } = perform([loud], times(10, 3, 15));
  assert.equal(values.length, 1);
  const late = ledger.stages.find((stage) => stage.place === "fixedTimeWindow#0/tag#0");
  assert.equal(late?.received, 1);
  assert.equal(dropped(window, ...times(10, 3, 15))?.late, 1);
});

test("holds max events, and counts those beyond as overflow", () => {
  const steps = times(0, 1, 2, 3, 5, 6, 10);
  assert.deepEqual(given(fixedTimeWindow(5, { max: 2 }), ...steps), [
    [0, 1],
    [5, 6],
  ]);
  assert.equal(dropped(fixedTimeWindow(5, { max: 2 }), ...steps)?.overflow, 2);
});

test("holds 100,000 events when nothing is said", () => {
  assert.deepEqual(overflowAround(100_000, fixedTimeWindow(5)), [0, 1]);
});

test("gives out its open windows when its run ends", () => {
  assert.deepEqual(listsAtEnd(fixedTimeWindow(5, { grace: 100 }), ...times(10, 21, 3)), [[3], [], [10], [], [21]]);
  assert.deepEqual(listsAtEnd(fixedTimeWindow(5)), []);
});

test("takes events without a metric and expired ones as any other", () => {
  const steps = [{ time: 0 }, { time: 1, metric: 1, state: "expired" }, { time: 9 }];
  assert.deepEqual(given(fixedTimeWindow(5), ...steps), [[null, 1]]);
});

test("needs one timer for all its windows", () => {
  const run = trial([fixedTimeWindow(5, { flush: "clock", grace: 9 })]);
  run.offer([event({ time: 7 }), event({ time: 3 })]);
  assert.equal(run.clock.timers, 1);
  run.end();
});

test("leaves no timer behind", () => {
  assert.equal(perform([fixedTimeWindow(5, { flush: "clock", grace: 9 })], times(0, 5, 2)).timersLeft, 0);
});

test("refuses a length of 0 and wrong options", () => {
  assert.throws(() => fixedTimeWindow(0), {
    code: "FTS_STAGE_OPTION",
    message: "fixedTimeWindow(seconds): must be a number >= 0.001, got 0",
  });
  const wrong = (options: object, message: RegExp): void =>
    assert.throws(() => fixedTimeWindow(1, options), { code: "FTS_STAGE_OPTION", message });
  wrong({ grace: -1 }, /^fixedTimeWindow\(grace\): must be a number >= 0, got -1$/);
  wrong({ flush: "both" }, /^fixedTimeWindow\(flush\): must be one of "event", "clock", got "both"/);
  wrong({ max: 0 }, /^fixedTimeWindow\(max\): must be a whole number >= 1, got 0$/);
  wrong({ maxEmpty: -1 }, /^fixedTimeWindow\(maxEmpty\): must be a whole number >= 0, got -1$/);
  wrong({ delay: 1 }, /no option "delay"; it takes flush, grace, late, max, maxEmpty$/);
  // @ts-expect-error the list is missing
  assert.throws(() => fixedTimeWindow(1, { late: tag("late") }), {
    code: "FTS_NOT_A_STAGE",
    message: /^fixedTimeWindow\(late\): must be a list of stages/,
  });
});
