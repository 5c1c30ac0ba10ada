import assert from "node:assert/strict";
import { test } from "node:test";
import { by, movingEventWindow, throttle } from "../../src/stages/index.ts";
import { at, run, runTimed, wait } from "../../src/testing/index.ts";

const times = (n: number, seconds: number, ...when: number[]) =>
  runTimed(
    [throttle(n, seconds)],
    when.map((second) => at(second, {})),
  ).map((one) => one.at);

test("passes at most n in each window, windows counted from the start of the stage", () => {
  assert.deepEqual(times(2, 10, 8, 8.5, 9, 9.9, 10, 11, 12, 20), [8, 8.5, 10, 11, 20]);
});

test("under by, windows are counted from the first event of the key", () => {
  const out = runTimed(
    [by("host", [throttle(1, 10)])],
    [7, 9, 16, 17, 26, 27].map((second) => at(second, {})),
  );
  assert.deepEqual(
    out.map((one) => one.at),
    [7, 17, 27],
  );
});

test("goes by the clock, not by the events' times", () => {
  assert.equal(run([throttle(1, 10)], [{ time: 0 }, { time: 100 }, { time: 200 }]).length, 1);
});

test("passes nothing when n is 0", () => {
  assert.deepEqual(times(0, 1, 0, 1, 2), []);
});

test("counts expired events, and those without a metric, as any other", () => {
  const out = run([throttle(2, 10)], [{ state: "expired" }, { metric: 1 }, { state: "expired" }]);
  assert.deepEqual(
    out.map((e) => e.state),
    ["expired", null],
  );
});

test("does not make up for windows without events", () => {
  assert.deepEqual(times(1, 1, 0, 10, 10.1, 10.2), [0, 10]);
});

test("counts a list as one", () => {
  const lists = run([movingEventWindow(2), throttle(1, 10)], [{}, {}, wait(10), {}]);
  assert.deepEqual(
    lists.map((list) => list.length),
    [1, 2],
  );
});

test("refuses half an event and a window without length", () => {
  assert.throws(() => throttle(1.5, 1), {
    code: "FTS_STAGE_OPTION",
    message: "throttle(n): must be a whole number >= 0, got 1.5",
  });
  assert.throws(() => throttle(1, 0), {
    code: "FTS_STAGE_OPTION",
    message: "throttle(seconds): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error a typing slip
  assert.throws(() => throttle(1, 1, { aline: "clock" }), {
    message: /no option "aline"; did you mean "align"\? it takes align$/,
  });
});

test("aligned to the clock, windows begin at multiples of their length, whenever the stage starts", () => {
  const late = by("host", [throttle(1, 10, { align: "clock" })]);
  const out = runTimed([late], [at(7, {}), at(9, {}), at(10, {}), at(17, {}), at(20, {})]);
  assert.deepEqual(
    out.map((one) => one.at),
    [7, 10, 20],
  );
});
