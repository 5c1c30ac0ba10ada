import assert from "node:assert/strict";
import { test } from "node:test";
import { turnEnd } from "../../src/engine/turn-end.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const clock = new VirtualClock(1_000);
const OVER = { machine: clock, turnEnd: 0 };

test("the end of a turn is noticed at each event that takes long", () => {
  const isTimeUp = turnEnd(OVER);
  for (let n = 0; n < 10; n++) {
    clock.advanceTo(clock.elapsed() + 0.001);
    assert.equal(isTimeUp(), true);
  }
});

test("and soon after many that took little time", () => {
  const isTimeUp = turnEnd(OVER);
  for (let n = 0; n < 1_000; n++) isTimeUp();
  let calls = 1;
  while (!isTimeUp()) calls++;
  assert.ok(calls <= 64, `${calls} calls`);
});

test("a turn that is not over has not ended", () => {
  const isTimeUp = turnEnd({ machine: clock, turnEnd: Number.POSITIVE_INFINITY });
  for (let n = 0; n < 1_000; n++) assert.equal(isTimeUp(), false);
});
