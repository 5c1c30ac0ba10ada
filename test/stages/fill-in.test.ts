import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { by, fillIn } from "../../src/stages/index.ts";
import { at, perform, runTimed, type Step, wait } from "../../src/testing/index.ts";

const timed = (...steps: Step[]) =>
  runTimed([fillIn(10, { service: "filler" })], steps).map((one) => [one.at, one.value.service]);

test("fills in from the start on, again and again, while nothing comes", () => {
  assert.deepEqual(timed(wait(25)), [
    [10, "filler"],
    [20, "filler"],
  ]);
});

test("passes all events, each of which puts the next filling off", () => {
  assert.deepEqual(timed(at(4, { service: "a" }), at(13, { service: "b" }), wait(15)), [
    [4, "a"],
    [13, "b"],
    [23, "filler"],
  ]);
  assert.deepEqual(timed(at(0.5, { service: "a" }), wait(11)), [
    [0.5, "a"],
    [10.5, "filler"],
  ]);
});

test("an expired event passes and is the end of it, until the next", () => {
  assert.deepEqual(timed(at(4, { service: "a", state: "expired" }), at(50, { service: "b" }), wait(15)), [
    [4, "a"],
    [50, "b"],
    [60, "filler"],
  ]);
});

test("goes by the clock: an event that comes late breaks the silence", () => {
  assert.deepEqual(timed(at(9, { service: "a", time: -999 }), wait(9)), [[9, "a"]]);
});

test("gives the filler the time of now, be it fields or an event", () => {
  for (const filler of [{ host: "a", metric: 1, time: 3 }, event({ host: "a", metric: 1, time: 3 })]) {
    const [out] = runTimed([fillIn(10, filler)], [wait(10)]);
    assert.deepEqual([out?.value.host, out?.value.metric, out?.value.time], ["a", 1, 10]);
  }
});

test("ends with its key", () => {
  const { values, timersLeft } = perform(
    [by("host", [fillIn(10, {})], { max: 1 })],
    [{ host: "a" }, { host: "b" }, wait(15)],
  );
  assert.deepEqual([values.map((one) => one.at), timersLeft], [[0, 0, 10], 0]);
});

test("refuses an interval that is none and a filler that is no event", () => {
  assert.throws(() => fillIn(0, {}), { message: "fillIn(interval): must be a number >= 0.001, got 0" });
  // @ts-expect-error a string
  assert.throws(() => fillIn(1, "filler"), {
    code: "FTS_STAGE_OPTION",
    message: 'fillIn(filler): must be an event or the fields of one, { … }, got "filler" (a string)',
  });
});
