import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";

test("an event counts with its own time up to a minute ahead, or what the clock was told", () => {
  for (const [clock, most] of [
    [new VirtualClock(1000), 60],
    [new VirtualClock(1000, 5), 5],
    [new VirtualClock(1000, Number.POSITIVE_INFINITY), 1e300],
  ] as const)
    for (const time of [-1e308, 0, 1000, 1000 + most]) assert.equal(clock.timeOf({ time }), time);
  assert.equal(new VirtualClock(1000).timeOf({ time: 1060.001 }), 1000);
  assert.equal(new VirtualClock(1000, 5).timeOf({ time: 1e308 }), 1000);
});

test("one that counts as now counts with that moment from then on, also once the clock has passed its own time", () => {
  const clock = new VirtualClock(1000);
  const ahead = { time: 1100 };
  assert.equal(clock.timeOf(ahead), 1000);
  for (const second of [1010, 1099, 1200, 5000]) {
    clock.advanceTo(second);
    assert.equal(clock.timeOf(ahead), 1000);
    assert.equal(clock.timeOf({ time: 1100 }), second < 1040 ? second : 1100, "another one");
  }
});

test("a clock that is set back takes what counted as now with it, and no more than that", () => {
  const clock = new StepClock(5000);
  const [usual, ahead] = [{ time: 5000 }, { time: 9000 }];
  assert.deepEqual([clock.timeOf(usual), clock.timeOf(ahead)], [5000, 5000]);
  clock.offset = -30;
  clock.now();
  assert.deepEqual([clock.timeOf(usual), clock.timeOf(ahead)], [5000, 5000]);
  clock.offset = -3600;
  clock.now();
  assert.equal(clock.latest(), 1460);
  assert.deepEqual([clock.timeOf(usual), clock.timeOf(ahead)], [1400, 1400]);
  clock.advanceTo(5100);
  assert.deepEqual([clock.timeOf(usual), clock.timeOf(ahead)], [1400, 1400]);
});

test("elapsed goes on whatever the clock is set to", () => {
  const clock = new StepClock(100);
  const before = clock.elapsed();
  clock.offset = -3600;
  clock.advanceTo(107);
  assert.deepEqual([clock.elapsed() - before, clock.now()], [7, -3493]);
});

test("the machine's clock takes events of today as they are, and those of tomorrow as of now", () => {
  const clock = new SystemClock();
  const now = clock.now();
  assert.equal(clock.timeOf({ time: now + 30 }), now + 30);
  assert.ok(Math.abs(clock.timeOf({ time: now + 86_400 }) - now) < 10);
  assert.ok(Number.isNaN(clock.timeOf({ time: Number.NaN })));
});
