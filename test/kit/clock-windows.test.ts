import assert from "node:assert/strict";
import { test } from "node:test";
import { MIN_SECONDS } from "../../src/core/clock.ts";
import { anchorOf, ClockWindows, checkAlign, nextTick } from "../../src/kit/clock-windows.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { StepClock } from "../core/step-clock.ts";
import fc from "../fast-check.ts";
import { keeping } from "./keeping.ts";

test("the next tick is later than now, on the grid, and at most an interval away", () => {
  const whole = fc.integer({ min: -1_000_000, max: 2_000_000_000 });
  fc.assert(
    fc.property(whole, fc.integer({ min: 1, max: 100_000 }), whole, (anchor, interval, now) => {
      const tick = nextTick(anchor, interval, now);
      assert.ok(tick > now && tick <= now + interval);
      assert.equal(Math.abs((tick - anchor) % interval), 0);
    }),
  );
});

test("each tick has a next one, though tenths are no whole numbers of bits", () => {
  let tick = 0;
  for (let n = 1; n <= 1000; n++) {
    tick = nextTick(0, 0.1, tick);
    assert.equal(tick, n / 10);
  }
});

test("the shortest windows on the wall clock end after they begin, one after the other", () => {
  let now = 1_795_420_815.5;
  for (let n = 0; n < 1000; n++) {
    const tick = nextTick(0, MIN_SECONDS, now);
    assert.ok(tick > now && tick < now + 1.001 * MIN_SECONDS);
    now = tick;
  }
});

const ends = (anchor: number | null, opened: readonly number[], start = 0) => {
  const clock = new VirtualClock(start);
  const closed: number[] = [];
  const grid = new ClockWindows(keeping(clock), 10, anchor, (end) => closed.push(end));
  for (const time of opened) {
    clock.advanceTo(time);
    grid.open();
  }
  clock.advanceTo(1000);
  assert.equal(clock.timers, 0);
  return closed;
};

test("windows that were opened end on a grid from the anchor, or from the first opening", () => {
  assert.deepEqual(ends(0, [3, 4, 25, 30]), [10, 30, 40]);
  assert.deepEqual(ends(7, [3, 8], 0), [7, 17]);
  assert.deepEqual(ends(null, [3, 4, 25, 33]), [13, 33, 43]);
});

test("a clock that is slewed leaves no splinter of a window, one that is set back holds no window up", () => {
  const clock = new StepClock();
  const closed: number[] = [];
  const grid = new ClockWindows(keeping(clock), 10, 0, (end) => {
    closed.push(end);
    grid.open();
  });
  grid.open();
  clock.offset = -0.004;
  clock.advanceTo(21);
  assert.deepEqual(closed, [10, 20]);
  clock.offset = -3600;
  clock.advanceTo(41);
  assert.deepEqual(closed, [10, 20, 30, -3560]);
});

test("a clock set back by less than half a window prolongs it, by more does not", () => {
  const closedBy = (second: number, back: number) => {
    const clock = new StepClock();
    let closed = 0;
    const grid = new ClockWindows(keeping(clock), 10, 0, () => closed++);
    grid.open();
    clock.offset = -back;
    clock.advanceTo(second);
    return closed;
  };
  assert.deepEqual([closedBy(10, 4), closedBy(14, 4), closedBy(10, 6)], [0, 1, 1]);
});

test("stopped, it closes nothing, and begins anew where it has no anchor", () => {
  const clock = new VirtualClock(3);
  const closed: number[] = [];
  const grid = new ClockWindows(keeping(clock), 10, null, (end) => closed.push(end));
  grid.open();
  grid.stop();
  clock.advanceTo(25);
  grid.open();
  clock.advanceTo(100);
  assert.deepEqual(closed, [35]);
});

test("windows begin where the stage says, unless they are aligned to the clock", () => {
  assert.deepEqual([anchorOf({}, null), anchorOf({ align: "clock" }, 5)], [null, 0]);
});

test("an alignment that is none is refused", () => {
  checkAlign("rate", {});
  // @ts-expect-error a typing slip
  assert.throws(() => checkAlign("rate", { align: "clok" }), {
    code: "FTS_STAGE_OPTION",
    message: 'rate(align): must be "clock", or left out, got "clok" (a string)',
  });
});
