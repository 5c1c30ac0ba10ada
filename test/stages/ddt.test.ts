import assert from "node:assert/strict";
import { test } from "node:test";
import { by, ddt } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

const slopes = (...steps: Step[]) => run([ddt()], steps).map((event) => [event.time, event.metric]);
const timed = (stage: ReturnType<typeof ddt>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric]);

test("emits each event with the slope from the one before, the first one not", () => {
  assert.deepEqual(slopes({ time: 1, metric: 10 }, { time: 3, metric: 20 }, { time: 4, metric: 15 }), [
    [3, 5],
    [4, -5],
  ]);
});

test("gives nothing for an event of the same time, which is what the next is compared with", () => {
  assert.deepEqual(slopes({ time: 1, metric: 10 }, { time: 1, metric: 12 }, { time: 2, metric: 15 }), [[2, 3]]);
});

test("gives the slope of the line to an event that is older", () => {
  assert.deepEqual(slopes({ time: 9, metric: 9 }, { time: 6, metric: 3 }), [[6, 2]]);
});

test("ignores events without a finite metric", () => {
  const none = [{ time: 2 }, { time: 2, metric: Number.NaN }, { time: 2, metric: Number.NEGATIVE_INFINITY }];
  assert.deepEqual(slopes({ time: 1, metric: 1 }, ...none, { time: 3, metric: 5 }), [[3, 2]]);
});

test("slopes times seconds add up to what the metric grew", () => {
  const point = fc.record({ gap: fc.integer({ min: 1, max: 9 }), metric: fc.integer({ min: -50, max: 50 }) });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 30, size: "max" }), (points) => {
      let time = 0;
      const events = points.map(({ gap, metric }) => {
        time += gap;
        return { time, metric };
      });
      const grown = slopes(...events).reduce((sum, [, slope], n) => sum + (slope ?? 0) * (points[n + 1]?.gap ?? 0), 0);
      assert.ok(Math.abs(grown - ((events.at(-1)?.metric ?? 0) - (events[0]?.metric ?? 0))) < 1e-6);
    }),
  );
});

test("with an interval, compares the last events of two windows by their times", () => {
  const steps = [at(3, { metric: 0 }), at(5, { metric: 99 }), at(7, { metric: 8 }), at(12, { metric: 28 }), wait(1)];
  assert.deepEqual(timed(ddt(5), ...steps), [
    [8, 2],
    [13, 4],
  ]);
});

test("with an interval, ignores events without a finite metric", () => {
  const steps = [{ metric: 0 }, at(2, { metric: 4 }), at(3, {}), at(4, { metric: Number.NaN }), wait(1)];
  assert.deepEqual(timed(ddt(5), ...steps), [[5, 2]]);
});

test("with an interval, gives out the last event with metric and time replaced", () => {
  const [out] = run([ddt(5)], [{ metric: 0 }, at(2, { metric: 4, host: "b", ttl: 9 }), wait(3)]);
  assert.deepEqual([out?.host, out?.ttl, out?.time, out?.metric], ["b", 9, 5, 2]);
});

test("with an interval, gives zeros while nothing new comes, until the ttl or idle is over", () => {
  assert.deepEqual(timed(ddt(5), { metric: 3, ttl: 12 }, wait(100)), [
    [5, 0],
    [10, 0],
  ]);
  assert.equal(timed(ddt(1), { metric: 3 }, wait(1000)).length, 1 + 60);
  assert.deepEqual(timed(ddt(5, { idle: 0 }), { metric: 3 }, at(1, { metric: 5 }), wait(1000)), [[5, 2]]);
});

test("with an interval, an expired event gives out the window, and the next event is a first one", () => {
  const steps = [{ metric: 0 }, at(2, { metric: 4 }), at(3, { state: "expired" }), at(6, { metric: 100 }), wait(5)];
  assert.deepEqual(timed(ddt(5), ...steps), [
    [3, 2],
    [11, 0],
  ]);
});

test("with an interval, an expired event gives out nothing when there is nothing new", () => {
  assert.deepEqual(timed(ddt(5), { metric: 1 }, at(1, { state: "expired" }), { state: "expired" }, wait(9)), []);
  assert.deepEqual(timed(ddt(5), { metric: 1 }, wait(5), { state: "expired" }, wait(9)), [[5, 0]]);
});

test("with an interval, the next event after idle seconds is a first one again", () => {
  const steps = [{ metric: 3 }, at(103, { metric: 500 }), at(104, { metric: 504 }), wait(5)];
  assert.deepEqual(timed(ddt(5, { idle: 0 }), ...steps), [
    [5, 0],
    [108, 4],
  ]);
});

test("with an interval, gives out the unfinished window when its run ends", () => {
  const steps = [{ host: "a", metric: 0 }, at(2, { host: "a", metric: 8 }), { host: "b" }];
  assert.deepEqual(
    runTimed([by("host", [ddt(5)], { max: 1 })], steps).map((one) => [one.at, one.value.metric]),
    [[2, 4]],
  );
});

test("with an interval, aligned to the clock, windows end at its multiples", () => {
  const steps = [at(3, { metric: 0 }), at(4, { metric: 7 }), wait(2)];
  assert.deepEqual(timed(ddt(5, { align: "clock" }), ...steps), [[5, 7]]);
});

test("leaves no timer when it is idle", () => {
  assert.equal(perform([ddt(5)], [{ metric: 1 }, wait(1000)]).timersLeft, 0);
});

test("refuses an interval that is none", () => {
  assert.throws(() => ddt(0), { code: "FTS_STAGE_OPTION", message: "ddt(interval): must be a number >= 0.001, got 0" });
  assert.throws(() => ddt(undefined, { idle: 1 }), {
    message: 'ddt(options): there is no option "idle"; it takes none',
  });
  assert.throws(() => ddt(1, { idle: -1 }), { message: "ddt(idle): must be a number >= 0, got -1" });
});
