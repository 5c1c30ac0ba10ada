import assert from "node:assert/strict";
import { test } from "node:test";
import { batch, by } from "../../src/stages/index.ts";
import { at, perform, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";

test("gives a list as soon as it is full, and the rest at the tick", () => {
  const steps = [1, 2, 3, 4, 5].map((metric) => at(1, { metric }));
  assert.deepEqual(lists(batch(2, 10), ...steps, wait(100)), [
    [1, [1, 2]],
    [1, [3, 4]],
    [10, [5]],
  ]);
});

test("ticks from its start on, so that an event may wait for less than the interval", () => {
  const steps = [at(9, { metric: 1 }), at(10, { metric: 2 }), at(31, { metric: 3 }), wait(100)];
  assert.deepEqual(lists(batch(100, 10), ...steps), [
    [10, [1]],
    [20, [2]],
    [40, [3]],
  ]);
});

test("keeps the tick after a list that was full", () => {
  const steps = [at(4, { metric: 1 }), at(5, { metric: 2 }), at(6, { metric: 3 }), wait(100)];
  assert.deepEqual(lists(batch(2, 10), ...steps), [
    [5, [1, 2]],
    [10, [3]],
  ]);
});

test("gives no empty list", () => {
  assert.deepEqual(lists(batch(1, 10), at(4, { metric: 1 }), wait(100)), [[4, [1]]]);
});

test("aligns its ticks to the clock when asked to", () => {
  // Under by the stages start with their key's first event: here at 7.
  const late = (window: ReturnType<typeof batch>) => lists(by("host", [window]), at(7, { metric: 1 }), wait(100));
  assert.deepEqual(late(batch(100, 10)), [[17, [1]]]);
  assert.deepEqual(late(batch(100, 10, { align: "clock" })), [[10, [1]]]);
});

test("goes by the clock, whatever the events' times, metrics and states", () => {
  const steps = [{ metric: 1, time: 1e6 }, { time: -1e6, state: "expired" }, wait(100)];
  assert.deepEqual(lists(batch(100, 10), ...steps), [[10, [1, null]]]);
});

test("gives out what is left when its run ends", () => {
  assert.deepEqual(listsAtEnd(batch(2, 10), { metric: 1 }, { metric: 2 }, { metric: 3 }), [[1, 2], [3]]);
});

test("gives no empty list when its run ends", () => {
  assert.deepEqual(listsAtEnd(batch(2, 10), { metric: 1 }, { metric: 2 }), [[1, 2]]);
});

test("leaves no timer behind", () => {
  assert.equal(perform([batch(2, 10)], [{ metric: 1 }]).timersLeft, 0);
});

test("refuses a number below 1, a time of 0 and unknown options", () => {
  assert.throws(() => batch(0, 1), { code: "FTS_STAGE_OPTION", message: /^batch\(n\): must be a whole number >= 1/ });
  assert.throws(() => batch(1, 0), {
    code: "FTS_STAGE_OPTION",
    message: "batch(seconds): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error there is one alignment
  assert.throws(() => batch(1, 1, { align: "hour" }), {
    code: "FTS_STAGE_OPTION",
    message: /^batch\(align\): must be/,
  });
  // @ts-expect-error a typing slip
  assert.throws(() => batch(1, 1, { aline: "clock" }), { code: "FTS_STAGE_OPTION", message: /it takes align$/ });
});
