import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { apdex, by } from "../../src/stages/index.ts";
import { at, runTimed, type Step, wait } from "../../src/testing/index.ts";

const within = (limit: number) => (e: Event) => e.metric !== null && e.metric <= limit;
const options = { satisfied: within(1), tolerated: within(4) };

const timed = (stage: ReturnType<typeof apdex>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric]);

test("counts who is satisfied whole, who tolerates half, all others not", () => {
  const metrics = [0.5, 1, 3, 9];
  assert.deepEqual(timed(apdex(5, options), ...metrics.map((metric) => ({ metric })), wait(5)), [[5, 2.5 / 4]]);
});

test("emits the last event of the window with metric and time replaced", () => {
  const [out] = runTimed([apdex(5, options)], [{ metric: 1 }, { metric: 1, host: "b", ttl: 3, time: -9 }, wait(5)]);
  assert.deepEqual([out?.value.host, out?.value.ttl, out?.value.time, out?.value.metric], ["b", 3, 5, 1]);
});

test("windows follow each other from the start of the stage, and empty ones give nothing", () => {
  assert.deepEqual(
    timed(apdex(5, options), at(3, { metric: 1 }), at(5, { metric: 9 }), at(23, { metric: 2 }), wait(9)),
    [
      [5, 1],
      [10, 0],
      [25, 0.5],
    ],
  );
});

test("counts events without a metric, but none that says it has expired", () => {
  assert.deepEqual(timed(apdex(5, options), { metric: 1 }, {}, { metric: 1, state: "expired" }, wait(5)), [[5, 0.5]]);
});

test("gives out the unfinished window when its run ends, and nothing when there is none", () => {
  const ended = (...steps: Step[]) =>
    timed(by("host", [apdex(5, options)], { max: 1 }), ...steps, { host: "b", state: "expired" });
  assert.deepEqual(ended(at(1, { metric: 1 }), at(2, { metric: 9 })), [[2, 0.5]]);
  assert.deepEqual(ended(at(1, { metric: 1 }), wait(5)), [[6, 1]]);
});

test("refuses a window without length, and what is no test", () => {
  assert.throws(() => apdex(0, options), { message: "apdex(interval): must be a number >= 0.001, got 0" });
  // @ts-expect-error the other test is missing
  assert.throws(() => apdex(5, { satisfied: within(1) }), {
    code: "FTS_STAGE_OPTION",
    message: "apdex(tolerated): must be a function, got undefined",
  });
  // @ts-expect-error a list is no test
  assert.throws(() => apdex(5, { ...options, satisfied: [1] }), { message: /^apdex\(satisfied\): must be a function/ });
  // @ts-expect-error a typing slip
  assert.throws(() => apdex(5, { ...options, aline: "clock" }), { message: /it takes satisfied, tolerated, align$/ });
});
