import assert from "node:assert/strict";
import { test } from "node:test";
import { Mutes } from "../../src/runtime/mutes.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

test("a replay sends nothing again that was delivered, by pipeline, and nothing of other routes", () => {
  const clock = new VirtualClock(10);
  const mutes = new Mutes(clock);
  const muted = (): string[] => ["a", "b", "c", "d"].filter(mutes.isMuted);
  assert.deepEqual(muted(), []);
  mutes.begin(new Map(Object.entries({ a: 10, b: 20 })));
  mutes.muteAll("c");
  assert.deepEqual(muted(), ["a", "b", "c"]);
  clock.advanceTo(10.001);
  assert.deepEqual([muted(), mutes.isForeign("b"), mutes.isForeign("c")], [["b", "c"], false, true]);
  mutes.end();
  assert.deepEqual([muted(), mutes.isForeign("c")], [[], false]);
});
