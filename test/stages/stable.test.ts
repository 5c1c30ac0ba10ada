import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { stable } from "../../src/stages/index.ts";
import { at, perform, type run, runTimed, wait } from "../../src/testing/index.ts";
import { trial } from "./trial.ts";

const flow = (seconds: number, ...states: (readonly [number, string | null])[]) => [
  ...states.map(([second, state]) => at(second, { state, metric: second })),
  wait(seconds),
];
const timed = (steps: Parameters<typeof run>[1]) =>
  runTimed([stable(10, "state")], steps).map((one) => [one.at, one.value.metric]);

test("holds a new value, the first one too, and gives it out when the clock says it has lasted", () => {
  assert.deepEqual(timed(flow(100, [1, "ok"])), [[11, 1]]);
});

test("gives out what it held in order, then passes each event of the value at once", () => {
  assert.deepEqual(timed(flow(0, [0, "ok"], [4, "ok"], [8, "ok"], [12, "ok"], [13, "ok"])), [
    [10, 0],
    [10, 4],
    [10, 8],
    [12, 12],
    [13, 13],
  ]);
});

test("drops what flaps", () => {
  assert.deepEqual(timed(flow(100, [0, "ok"], [5, "bad"], [9, "ok"], [12, "bad"])), [[22, 12]]);
});

test("takes the events' own times as proof, and does not give them out again when the clock gets there", () => {
  const ok = (time: number) => ({ time, metric: time, state: "ok" });
  assert.deepEqual(timed([ok(5), ok(14.9), wait(1), ok(15), wait(1), ok(16), wait(100)]), [
    [1, 5],
    [1, 14.9],
    [1, 15],
    [2, 16],
  ]);
});

test("once a value is stable, passes each event of it at once, also one that comes late", () => {
  const steps = [...flow(12, [0, "ok"]), { state: "ok", time: 1, metric: 1 }];
  assert.deepEqual(timed(steps), [
    [10, 0],
    [12, 1],
  ]);
});

test("measures each value from its own first event", () => {
  assert.deepEqual(timed(flow(100, [0, "ok"], [5, "bad"], [6, "ok"])), [[16, 6]]);
});

test("takes null for a value", () => {
  assert.deepEqual(timed(flow(100, [0, null], [2, null])), [
    [10, 0],
    [10, 2],
  ]);
});

test("gives the last of several late values the chance, not each of them", () => {
  const late = (state: string, metric: number) => ({ state, metric, time: -100 });
  assert.deepEqual(timed([late("ok", 1), late("bad", 2), late("ok", 3), wait(1)]), [[0, 3]]);
});

test("holds max events, and counts those beyond as overflow", () => {
  const steps = [0, 1, 2, 3, 4].map((second) => at(second, { state: "ok", metric: second }));
  const { values, ledger } = perform([stable(10, "state", { max: 3 })], [...steps, wait(20)]);
  assert.equal(values.length, 3);
  const [books] = ledger.stages;
  assert.deepEqual([books?.dropped.overflow, books?.pending], [2, 0]);
  const full = trial([stable(10, "state")]);
  full.offer(new Array(1001).fill(event({ state: "ok", time: 0 })));
  assert.equal(full.report().stages[0]?.dropped.overflow, 1, "1,000 when nothing is said");
  full.end();
});

test("needs no timer once the events' own times are the proof", () => {
  const run = trial([stable(10, "state")]);
  run.offer([event({ state: "ok", time: 0 }), event({ state: "ok", time: 10 })]);
  assert.equal(run.clock.timers, 0);
});

test("leaves no timer behind", () => {
  assert.equal(perform([stable(10, "state")], flow(5, [0, "a"], [1, "b"], [2, "a"])).timersLeft, 0);
});

test("refuses a length of 0, an unknown field and an unknown option", () => {
  assert.throws(() => stable(0, "state"), {
    code: "FTS_STAGE_OPTION",
    message: "stable(seconds): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => stable(1, "stat"), {
    code: "FTS_STAGE_OPTION",
    message: /^stable\(value\): must be one of host, service/,
  });
  // @ts-expect-error a typing slip
  assert.throws(() => stable(1, "state", { maximum: 3 }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "maximum"; it takes max$/,
  });
  assert.throws(() => stable(1, "state", { max: 0 }), { message: "stable(max): must be a whole number >= 1, got 0" });
});
