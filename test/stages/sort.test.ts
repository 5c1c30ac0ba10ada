import assert from "node:assert/strict";
import { test } from "node:test";
import { sort, tag } from "../../src/stages/index.ts";
import { perform, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";

const times = (...all: readonly number[]) => all.map((time) => ({ metric: time, time }));

test("gives the events of each window sorted by time, and none for a window without", () => {
  assert.deepEqual(lists(sort(5), ...times(0, 4, 2, 22, 21, 25)), [
    [0, [0, 2, 4]],
    [0, [21, 22]],
  ]);
  assert.equal(perform([sort(5)], times(0, 4, 2, 22, 21, 20, 19)).ledger.stages[0]?.dropped.late, 1);
});

test("sorts by any value, equal ones as they came; null and NaN come last", () => {
  const metrics = [3, null, -1, Number.NaN, 2, -1].map((metric, at) => ({ metric, time: at / 10 }));
  assert.deepEqual(listsAtEnd(sort(5, "metric"), ...metrics), [[-1, -1, 2, 3, null, Number.NaN]]);
  const states = ["b", "a", null, "a", "c"].map((state, metric) => ({ state, metric, time: 0 }));
  assert.deepEqual(listsAtEnd(sort(5, "state"), ...states), [[1, 3, 0, 4, 2]]);
  const mixed = (event: { readonly metric: number | null }) => [true, "x", 7, undefined, false][event.metric ?? 0];
  assert.deepEqual(listsAtEnd(sort(5, mixed), ...states), [[4, 0, 2, 1, 3]]);
  const kinds = (event: { readonly metric: number | null }) => ["x", 7, "5", 3, true][event.metric ?? 0];
  assert.deepEqual(listsAtEnd(sort(5, kinds), ...states), [[4, 3, 1, 2, 0]]);
});

test("sorts by several values: the second orders what is equal in the first, null and NaN among them", () => {
  const given = [
    { service: "b", metric: 1 },
    { service: "a", metric: 2 },
    { service: null, metric: 4 },
    { service: "a", metric: 1 },
    { service: null, metric: 3 },
    { service: "b", metric: 0 },
  ].map((fields) => ({ ...fields, time: 0 }));
  assert.deepEqual(listsAtEnd(sort(5, ["service", "metric"]), ...given), [[1, 2, 0, 1, 3, 4]]);
  assert.deepEqual(listsAtEnd(sort(5, [(e) => Number.NaN * e.time, "metric"]), ...given), [[0, 1, 1, 2, 3, 4]]);
  assert.throws(() => sort(5, []), { message: /^sort\(value\): must name at least one field or attribute/ });
});

test("waits for late events and ends by the clock when asked to", () => {
  const window = sort(5, "time", { grace: 2, flush: "clock" });
  assert.deepEqual(lists(window, ...times(3, 6, 1), wait(99)), [[5 + 3 + 2, [3, 6]]]);
});

test("gives late events to the stages for them", () => {
  const { ledger } = perform([sort(5, "time", { late: [tag("late")] })], times(10, 3, 16));
  assert.equal(ledger.stages.find((stage) => stage.place === "sort#0/tag#0")?.received, 1);
});

test("leaves no timer behind", () => {
  assert.equal(perform([sort(5, "time", { flush: "clock" })], times(1, 2)).timersLeft, 0);
});

test("refuses a length of 0, an unknown field and wrong options", () => {
  assert.throws(() => sort(0), {
    code: "FTS_STAGE_OPTION",
    message: "sort(seconds): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => sort(1, "tme"), { code: "FTS_STAGE_OPTION", message: /^sort\(value\): must be one of host/ });
  assert.throws(() => sort(1, "time", { grace: -1 }), { message: /^sort\(grace\): must be a number >= 0/ });
  // @ts-expect-error it gives no list for a gap
  assert.throws(() => sort(1, "time", { maxEmpty: 1 }), { message: /it takes flush, grace, late, max$/ });
  assert.throws(() => sort(1, "time", { max: 0 }), { code: "FTS_STAGE_OPTION", message: /^sort\(max\): must be a/ });
});
