import assert from "node:assert/strict";
import { test } from "node:test";
import { taggedAny } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const events = [
  { service: "none" },
  { service: "a", tags: ["a"] },
  { service: "b", tags: ["b", "c"] },
  { service: "a b", tags: ["b", "c", "a"] },
];

const passed = (tags: string | string[]) => run([taggedAny(tags)], events).map((e) => e.service);

test("passes events that have one of the tags", () => {
  assert.deepEqual(passed(["a", "b"]), ["a", "b", "a b"]);
  assert.deepEqual(passed("a"), ["a", "a b"]);
});

test("passes nothing when the list is empty", () => {
  assert.deepEqual(passed([]), []);
});

test("refuses what is no tag", () => {
  // @ts-expect-error null
  assert.throws(() => taggedAny(null), { code: "FTS_STAGE_OPTION", message: /^taggedAny\(tags\): .* got null$/ });
});
