import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { fillInLast } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import { trial } from "./trial.ts";

const timed = (stage: ReturnType<typeof fillInLast>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.host, one.value.metric, one.value.time]);

test("repeats the last event, changed and with the time of now, while nothing comes", () => {
  const steps = [wait(50), at(52, { host: "a", metric: 1 }), at(58, { host: "b", metric: 2, time: 3 }), wait(25)];
  assert.deepEqual(timed(fillInLast(10, { metric: 0 }), ...steps), [
    [52, "a", 1, 52],
    [58, "b", 2, 3],
    [68, "b", 0, 68],
    [78, "b", 0, 78],
  ]);
});

test("asks a function to change the last event, which itself stays", () => {
  const doubled = fillInLast(10, (last) => last.with({ metric: (last.metric ?? 0) * 2 }));
  assert.deepEqual(
    run([doubled], [{ metric: 4 }, wait(20)]).map((event) => event.metric),
    [4, 8, 8],
  );
});

test("an expired event passes and is the end of it, until the next", () => {
  const steps = [{ metric: 1 }, at(5, { state: "expired" }), at(50, { metric: 2 }), wait(15)];
  assert.deepEqual(
    timed(fillInLast(10, {}), ...steps).map(([when]) => when),
    [0, 5, 50, 60],
  );
});

test("leaves no timer after the end", () => {
  const { offer, clock } = trial([fillInLast(10, {})]);
  offer([event({ time: 0 }), event({ time: 0, state: "expired" })]);
  assert.equal(clock.timers, 0);
  assert.equal(perform([fillInLast(10, {})], [{}, { state: "expired" }]).timersLeft, 0);
});

test("refuses what changes nothing, and a function that gives no event", () => {
  assert.throws(() => fillInLast(0, {}), { message: "fillInLast(interval): must be a number >= 0.001, got 0" });
  // @ts-expect-error a number
  assert.throws(() => fillInLast(10, 0), {
    code: "FTS_STAGE_OPTION",
    message: "fillInLast(change): must be fields to change, { … }, or a function of the event, got 0",
  });
  // @ts-expect-error nothing
  assert.throws(() => run([fillInLast(10, () => null)], [{}, wait(10)]), {
    message: "fillInLast#0 threw: fillInLast(change): must give an event, got null",
  });
});
