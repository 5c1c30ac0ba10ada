import assert from "node:assert/strict";
import { test } from "node:test";
import { Repeats } from "../../src/core/repeats.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

test("what repeats passes once in its time, with how often it did not, and others pass beside it", () => {
  const clock = new VirtualClock(0);
  const repeats = new Repeats(clock, 60);
  assert.deepEqual(
    ["a", "a", "b", "a"].map((key) => repeats.pass(key)),
    [0, null, 0, null],
  );
  clock.advanceTo(60);
  assert.deepEqual(
    ["a", "a", "b"].map((key) => repeats.pass(key)),
    [2, null, 0],
  );
});

test("of more keys than it tells apart it forgets the one that passed first", () => {
  const repeats = new Repeats(new VirtualClock(0), 60);
  for (let n = 0; n <= 100; n++) assert.equal(repeats.pass(`${n}`), 0);
  assert.deepEqual([repeats.pass("1"), repeats.pass("0")], [null, 0]);
});
