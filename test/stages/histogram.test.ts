import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stage } from "../../src/core/stage.ts";
import { by, histogram, percentiles } from "../../src/stages/index.ts";
import { at, perform, run, runTimed, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const timed = (stage: ReturnType<typeof histogram>, ...steps: Step[]) =>
  runTimed([stage], steps).map((one) => [one.at, one.value.metric]);
const POINTS = [0, 0.5, 0.9, 1];
const quantiles = () => percentiles(5, POINTS, { method: "histogram" });

test("emits at the end of a window the last event, with their number, the window's end and the counts", () => {
  const steps = [{ metric: 3 }, { metric: 3, service: "api", time: -7, attributes: { zone: "a" } }, wait(5)];
  const [out] = run([histogram(5)], steps);
  assert.deepEqual([out?.service, out?.metric, out?.time, out?.attributes.zone], ["api", 2, 5, "a"]);
  assert.equal(out?.attributes.histogram, "[3,3,0,[0,32784,2],[]]");
  assert.equal(out?.attributes.constructor, undefined);
});

test("windows follow each other from the first event on, and empty ones give nothing", () => {
  assert.deepEqual(timed(histogram(5), at(3, { metric: 1 }), at(21, { metric: 2 }), wait(100)), [
    [8, 1],
    [23, 1],
  ]);
});

test("aligned to the clock, windows end at multiples of the interval", () => {
  assert.deepEqual(timed(histogram(5, { align: "clock" }), at(3, { metric: 1 }), at(5, { metric: 2 }), wait(9)), [
    [5, 1],
    [10, 1],
  ]);
});

test("an expired event is not counted, gives out the window, and the next event begins anew", () => {
  const steps = [{ metric: 1 }, at(2, { metric: 100, state: "expired" }), at(3, { metric: 7 }), wait(100)];
  assert.deepEqual(timed(histogram(5), ...steps), [
    [2, 1],
    [8, 1],
  ]);
});

test("an expired event after the window gives nothing, and no event is counted as dropped", () => {
  const { values, ledger } = perform([histogram(5)], [{ metric: 1 }, wait(5), { state: "expired" }]);
  assert.deepEqual([values.length, ledger.stages[0]?.dropped.overflow], [1, 0]);
});

test("what has no finite metric is ignored", () => {
  const none = [{}, { metric: Number.NaN }, { metric: Number.NEGATIVE_INFINITY }];
  assert.deepEqual(timed(histogram(5), ...none, at(3, { metric: 1 }), wait(100)), [[8, 1]]);
});

test("percentiles of the histograms of all hosts are those of all their events", () => {
  const measured = fc.record({
    host: fc.constantFrom("a", "b", "c"),
    metric: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: 1e-9, max: 1e9, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(measured, { minLength: 1 }), (events) => {
      const metrics = (...stages: readonly Stage[]) => run(stages, [...events, wait(20)]).map((e) => e.metric);
      const whole = metrics(quantiles());
      assert.deepEqual(metrics(by("host", [histogram(5)]), quantiles()), whole);
      assert.deepEqual(metrics(by("host", [histogram(5)]), histogram(5), quantiles()), whole, "over two levels");
    }),
    { numRuns: rounds(25) },
  );
});

test("percentiles do not say any more what they counted, and keep all else", () => {
  const [out] = run([histogram(5), quantiles()], [{ metric: 1, attributes: { zone: "a" } }, wait(20)]);
  assert.deepEqual({ ...out?.attributes }, { zone: "a" });
  assert.equal(Object.getPrototypeOf(out?.attributes), null, "as the decoder's: any name is a name like any other");
});

test("an attribute of that name that counts nothing leaves an event what it is", () => {
  const broken = ["", "tall", "[]", '["a",1,0,[],[]]', "[1,1,0,[],[]]", "[2,1,1,[],[]]", "[1,1,0,[0,-1,1],[]]"];
  const numbers = [
    "[null,1,1,[],[]]",
    "[0,1e999,1,[],[]]",
    "[-1e999,1,1,[],[]]",
    "[0,1,1.5,[],[]]",
    "[0,1,1,[],[],1]",
    "[1,1,1,0,0]",
  ];
  for (const text of [...broken, ...numbers]) {
    const [out] = run(
      [percentiles(5, [0.5], { method: "histogram" })],
      [{ metric: 7, attributes: { histogram: text } }, wait(5)],
    );
    assert.equal(out?.metric, 7, text);
  }
});

test("leaves no timer behind", () => {
  assert.equal(perform([histogram(5)], [{ metric: 1 }]).timersLeft, 0);
});

test("refuses a window without length, and wrong options", () => {
  assert.throws(() => histogram(0), {
    code: "FTS_STAGE_OPTION",
    message: "histogram(interval): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => histogram(1, { max: 1 }), { message: /no option "max"; it takes align$/ });
});
