import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import * as folds from "../../src/folds/index.ts";
import { foldInterval } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import { trial } from "./trial.ts";

const timed = (stage: ReturnType<typeof foldInterval>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric]);

const joined = (events: readonly Event[]) =>
  events.at(-1)?.with({ description: events.map((e) => e.description).join("") });

test("emits at the end of a window what the fold makes of its events, with the window's end as time", () => {
  const steps = ["a", "b", "c"].map((description, n) => at(n + 3, { description, time: 100 - n }));
  const [out] = runTimed([foldInterval(5, joined)], [...steps, wait(5)]);
  assert.deepEqual([out?.at, out?.value.time, out?.value.description], [8, 8, "abc"]);
});

test("works with folds, whose missing metrics it leaves to them", () => {
  assert.deepEqual(timed(foldInterval(5, folds.sum), { metric: 1 }, {}, { metric: 2 }, wait(5)), [[5, 3]]);
});

test("windows follow each other from the first event on, and empty ones are not folded", () => {
  assert.deepEqual(timed(foldInterval(5, folds.count), at(3, {}), at(21, {}), at(22, {}), wait(100)), [
    [8, 1],
    [23, 2],
  ]);
});

test("aligned to the clock, windows end at multiples of the interval", () => {
  const aligned = foldInterval(5, folds.count, { align: "clock" });
  assert.deepEqual(timed(aligned, at(3, {}), at(5, {}), wait(100)), [
    [5, 1],
    [10, 1],
  ]);
});

test("emits each of several events, and nothing for null", () => {
  assert.equal(run([foldInterval(5, (events) => [...events, ...events])], [{}, {}, wait(5)]).length, 4);
  assert.equal(run([foldInterval(5, () => null)], [{}, wait(5)]).length, 0);
});

test("gives the fold the end of the window", () => {
  assert.deepEqual(
    timed(
      foldInterval(5, ([e], now) => e?.with({ metric: now })),
      at(3, {}),
      wait(5),
    ),
    [[8, 8]],
  );
});

test("an expired event is not folded, gives out the window, and the next event begins anew", () => {
  assert.deepEqual(timed(foldInterval(5, folds.count), {}, at(2, { state: "expired" }), at(3, {}), wait(100)), [
    [2, 1],
    [8, 1],
  ]);
});

test("an expired event without a window before it folds nothing", () => {
  const steps = [{ state: "expired" }, {}, { state: "expired" }, { state: "expired" }, wait(10)];
  assert.deepEqual(timed(foldInterval(5, folds.count), ...steps), [[0, 1]]);
});

test("holds max events, and counts further ones as overflow", () => {
  const { values, ledger } = perform([foldInterval(5, joined, { max: 2 })], [{}, {}, {}, wait(5)]);
  assert.deepEqual([values.length, ledger.stages[0]?.dropped.overflow], [1, 1]);
  const run = trial([foldInterval(5, joined)]);
  run.offer(new Array(10_001).fill(event({ time: 0 })));
  assert.equal(run.report().stages[0]?.dropped.overflow, 1, "10,000 when nothing is said");
  run.end();
});

test("refuses what is no event, no fold and no interval", () => {
  // @ts-expect-error a number is no event
  assert.throws(() => run([foldInterval(5, (events) => events.length)], [{}, wait(5)]), {
    message: "foldInterval#0 threw: foldInterval(fold): must give an event, events or null, got 1",
  });
  // @ts-expect-error the fold is missing
  assert.throws(() => foldInterval(5), { message: "foldInterval(fold): must be a function, got undefined" });
  assert.throws(() => foldInterval(-1, folds.sum), {
    message: "foldInterval(interval): must be a number >= 0.001, got -1",
  });
  assert.throws(() => foldInterval(5, folds.sum, { max: 0 }), { message: /^foldInterval\(max\): must be a whole/ });
  // @ts-expect-error a typing slip
  assert.throws(() => foldInterval(5, folds.sum, { maxi: 1 }), {
    message: /no option "maxi"; did you mean "max"\? it takes max, align$/,
  });
});
