import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, newEvent } from "../../src/core/event.ts";
import { copyOf, fromCopy } from "../../src/core/event-copy.ts";

const FULL = newEvent("h", "s", "ok", "d", 0.1, 1_700_000_000.5, 60, ["a", "b"], { rack: "4" }, true);
const EMPTY = newEvent(null, null, null, null, null, 1, null, [], {}, false);

test("an event that crosses threads is the same there, as is a list of some", () => {
  for (const value of [FULL, EMPTY, [FULL, EMPTY], []])
    assert.deepEqual(fromCopy(structuredClone(copyOf(value))), value);
});

test("what came as a 32-bit float is printed as one there", () => {
  const there = fromCopy(structuredClone(copyOf(FULL)));
  assert.ok(there instanceof Event);
  assert.equal(JSON.stringify(there), JSON.stringify(FULL));
});
