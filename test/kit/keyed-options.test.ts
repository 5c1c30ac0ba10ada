import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { EvictionReason } from "../../src/core/stage.ts";
import { checkKeyedOptions, startKeyedTable } from "../../src/kit/keyed-options.ts";
import { compileKey } from "../../src/kit/selector.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { keeping } from "./keeping.ts";

/** A table by host, its clock, and what it logs and evicts. */
function started(max: number, ttl: number) {
  const clock = new VirtualClock();
  const lines: unknown[] = [];
  const evicted: string[] = [];
  const line = (message: string, fields?: unknown) => lines.push([message, fields]);
  const counted: unknown[] = [];
  const context = {
    ...keeping(clock),
    log: { info: line, warn: line, error: line },
    evicted: (count: number, reason: EvictionReason) => counted.push([count, reason]),
    held: () => {},
    forgets: () => {},
  };
  let made = 0;
  const parts = { create: () => `value ${made++}`, onEvict: (value: string) => evicted.push(value) };
  const table = startKeyedTable<string>(context, { max, ttl }, { ...compileKey("test", "host"), ...parts });
  return { clock, lines, evicted, counted, use: (host: string) => table.at(event({ host, time: 0 })) };
}

test("sweeps by the clock, and says nothing of keys that were idle", () => {
  const { clock, lines, evicted, use } = started(10, 80);
  use("a");
  clock.advanceTo(80);
  assert.deepEqual(evicted, []);
  clock.advanceTo(90);
  assert.deepEqual([evicted, lines], [["value 0"], []]);
});

test("says once that the keys are too many, and once with their number when they fit again", () => {
  const { clock, lines, use } = started(2, 80);
  for (const host of ["a", "b", "c", "d", "e"]) use(host);
  assert.deepEqual(lines, [["too many keys: the longest idle make room for new ones", { max: 2 }]]);
  clock.advanceTo(20);
  assert.deepEqual(lines[1], ["the trouble is over", { lost: 3 }]);
  assert.equal(lines.length, 2);
});

test("reports each eviction with what it was for", () => {
  const { clock, counted, use } = started(2, 80);
  for (const host of ["a", "b", "c"]) use(host);
  assert.deepEqual(counted, [[1, "full"]]);
  clock.advanceTo(90);
  assert.deepEqual(counted.slice(1), [
    [1, "idle"],
    [1, "idle"],
  ]);
});

test("forgets keys in the shortest time there is by a timer that is not shorter", () => {
  const { clock, evicted, use } = started(10, 0.001);
  use("a");
  clock.advanceTo(1);
  assert.deepEqual(evicted, ["value 0"]);
});

test("refuses bounds that cannot work", () => {
  assert.throws(() => checkKeyedOptions("by", { max: 1.5 }), {
    message: "by(max): must be a whole number >= 1, got 1.5",
  });
  assert.throws(() => checkKeyedOptions("by", { ttl: 0 }), { message: "by(ttl): must be a number >= 0.001, got 0" });
  checkKeyedOptions("by", {});
});
