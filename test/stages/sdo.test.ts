import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { bitBucket, rate, scale, sdo, smap } from "../../src/stages/index.ts";
import { run, runTimed, wait } from "../../src/testing/index.ts";

const metrics = (events: readonly Event[]) => events.map((e) => e.metric);

test("gives each event to every branch, and passes on what comes out of them", () => {
  assert.deepEqual(metrics(run([sdo([scale(10)], [scale(100)])], [{ metric: 1 }, { metric: 2 }])), [10, 100, 20, 200]);
});

test("passes events on through an empty branch, and nothing of a branch that drops", () => {
  assert.deepEqual(metrics(run([sdo([], [bitBucket()], [scale(2)])], [{ metric: 3 }])), [3, 6]);
});

test("passes on what a branch emits later", () => {
  const out = runTimed([sdo([rate(5, { idle: 0 })])], [{ metric: 10 }, wait(5)]);
  assert.deepEqual(
    out.map((one) => [one.at, one.value.metric]),
    [[5, 2]],
  );
});

test("gives lists to branches that take them", () => {
  const first = () => smap((events: readonly Event[]) => events[0]);
  const twice = smap<Event, readonly Event[]>((e) => [e, e.with({ metric: 0 })]);
  const second = () => smap((events: readonly Event[]) => events[1]);
  assert.deepEqual(metrics(run([sdo([twice, sdo([second()], [first(), scale(2)])])], [{ metric: 4 }])), [0, 8]);
});

test("refuses to go without a branch, and branches that are no lists of stages", () => {
  // @ts-expect-error no branch
  assert.throws(() => sdo(), {
    code: "FTS_STAGE_OPTION",
    message: "sdo(branches): must be at least one list of stages, got none",
  });
  // @ts-expect-error a stage without a list around it
  assert.throws(() => sdo([], scale(1)), { code: "FTS_NOT_A_STAGE", message: /^sdo\(branch 1\): .* write \[ … \]/ });
});
