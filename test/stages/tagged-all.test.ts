import assert from "node:assert/strict";
import { test } from "node:test";
import { taggedAll } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const events = [
  { service: "none" },
  { service: "a", tags: ["a"] },
  { service: "b", tags: ["b", "c"] },
  { service: "a b", tags: ["b", "c", "a"] },
];

const passed = (tags: string | string[]) => run([taggedAll(tags)], events).map((e) => e.service);

test("passes events that have all of the tags", () => {
  assert.deepEqual(passed(["a", "b"]), ["a b"]);
  assert.deepEqual(passed("a"), ["a", "a b"]);
});

test("passes everything when the list is empty", () => {
  assert.deepEqual(
    passed([]),
    events.map((e) => e.service),
  );
});

test("refuses what is no tag", () => {
  // @ts-expect-error null
  assert.throws(() => taggedAll(null), { code: "FTS_STAGE_OPTION", message: /^taggedAll\(tags\): .* got null$/ });
});
