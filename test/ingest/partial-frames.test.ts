import assert from "node:assert/strict";
import { test } from "node:test";
import { PartialFrames, type PartialHolder } from "../../src/ingest/partial-frames.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

class Holder implements PartialHolder {
  canGoOn = true;
  refused: string | null = null;

  refusePartial(cause: string, reason: string): void {
    assert.equal(this.refused, null, "refused once");
    this.refused = `${cause}: ${reason}`;
  }
}

function setUp(maxBytes = 1000) {
  const clock = new VirtualClock();
  const state = { isPaused: false };
  const partials = new PartialFrames({ maxBytes, clock, isPaused: () => state.isPaused });
  return { clock, state, partials, holders: Array.from({ length: 4 }, () => new Holder()) as [Holder, Holder, Holder] };
}

const KIB = 1024;
const IDLE = "unfinished: no byte of an unfinished message came for 10 s: send messages whole";
const SLOW = "unfinished: an unfinished message came slower than 16384 bytes/s over 30 s: send smaller batches";

test("books what came, and refuses whoever has made no progress for longest, not who has most", () => {
  const { partials, holders } = setUp();
  const [first, second, third] = holders;
  partials.grown(first, 5);
  partials.grown(second, 900);
  partials.grown(third, 90);
  partials.grown(first, 10);
  assert.deepEqual(
    holders.map(({ refused }) => refused),
    [null, null, null, null],
  );
  partials.grown(third, 91);
  const reason = "full: unfinished messages take more than 1000 bytes: send smaller batches";
  assert.deepEqual([first.refused, second.refused, third.refused], [null, reason, null]);
  partials.grown(third, 990);
  assert.equal(first.refused, null, "1,000 bytes are no more than that");
  partials.ended(first);
  partials.grown(third, 1000);
  assert.equal(third.refused, null);
});

test("thousands who begin and stall do not keep one honest sender out", () => {
  const { partials } = setUp(64 * KIB * KIB);
  const stalling = Array.from({ length: 10_000 }, () => new Holder());
  for (const holder of stalling) partials.grown(holder, 5);
  const honest = new Holder();
  for (let bytes = 0; bytes <= 60 * KIB * KIB; bytes += 256 * KIB) partials.grown(honest, bytes);
  assert.equal(honest.refused, null);
  assert.equal(
    stalling.some(({ refused }) => refused !== null),
    false,
    "there was room for all of them",
  );
  for (const holder of stalling.slice(0, 1000)) partials.grown(holder, 10 * KIB);
  assert.notEqual(honest.refused, null, "now it is the honest one that has stalled");
});

test("ends a frame of which no byte came for 10 s, and no other", () => {
  const { partials, clock, holders } = setUp();
  const [stalls, trickles, ends] = holders;
  partials.grown(stalls, 5);
  partials.grown(ends, 5);
  for (let second = 1; second <= 10; second++) {
    clock.advanceTo(second);
    partials.grown(trickles, second);
  }
  partials.ended(ends);
  assert.equal(stalls.refused, null);
  clock.advanceTo(11);
  assert.deepEqual([stalls.refused, trickles.refused, ends.refused], [IDLE, null, null]);
});

test("ends a frame that averages under 16 KiB/s over 30 s, again and again looked at", () => {
  const { partials, clock, holders } = setUp(64 * KIB * KIB);
  const [slow, fast, slower] = holders;
  for (let second = 1; second <= 95; second++) {
    if (slow.refused === null) partials.grown(slow, 16 * KIB * second - 1);
    partials.grown(fast, 16 * KIB * second);
    if (slower.refused === null)
      partials.grown(slower, Math.min(second, 30) * 16 * KIB + Math.max(0, second - 30) * 16_000);
    clock.advanceTo(second);
    if (second === 29) assert.equal(slow.refused, null);
    if (second === 30) assert.deepEqual([slow.refused, slower.refused], [SLOW, null]);
  }
  assert.deepEqual([slow.refused, fast.refused, slower.refused], [SLOW, null, SLOW]);
});

test("time in which nobody is read from, or the sender cannot be, is not held against it", () => {
  const { partials, clock, state, holders } = setUp();
  const [waits, choked] = holders;
  partials.grown(waits, 5);
  partials.grown(choked, 5);
  clock.advanceTo(8);
  state.isPaused = true;
  clock.advanceTo(100);
  state.isPaused = false;
  choked.canGoOn = false;
  clock.advanceTo(102);
  choked.canGoOn = true;
  assert.deepEqual([waits.refused, choked.refused], [null, null]);
  clock.advanceTo(103);
  assert.deepEqual([waits.refused, choked.refused], [IDLE, null]);
  clock.advanceTo(112);
  assert.equal(choked.refused, null);
  clock.advanceTo(113);
  assert.equal(choked.refused, IDLE);
});

test("a process that was suspended blames nobody: time is counted in looks", () => {
  const { partials, clock, holders } = setUp();
  const [waits] = holders;
  partials.grown(waits, 5);
  clock.runNext(1);
  // One look, however late it comes.
  clock.runNext(1000);
  assert.equal(waits.refused, null);
});

test("looks only while there is something to look at", () => {
  const { partials, clock, holders } = setUp();
  const [one] = holders;
  assert.equal(clock.timers, 0);
  partials.grown(one, 5);
  partials.ended(one);
  partials.ended(one);
  clock.advanceTo(1);
  assert.equal(clock.timers, 0);
  partials.grown(one, 5);
  assert.equal(clock.timers, 1);
});
