import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "../../src/core/event.ts";
import { copyOf, fromCopy } from "../../src/core/event-copy.ts";

const FULL = new Event("h", "s", "ok", "d", 0.1, 1_700_000_000.5, 60, ["a", "b"], { rack: "4" }, true, 0);
const EMPTY = new Event(null, null, null, null, null, 1, null, [], {}, false, 0);

test("an event that crosses threads is the same there, as is a list of some", () => {
  for (const value of [FULL, EMPTY, [FULL, EMPTY], []])
    assert.deepEqual(fromCopy(structuredClone(copyOf(value))), value);
});

test("what came as a 32-bit float is printed as one there", () => {
  const there = fromCopy(structuredClone(copyOf(FULL)));
  assert.ok(there instanceof Event);
  assert.equal(JSON.stringify(there), JSON.stringify(FULL));
});
