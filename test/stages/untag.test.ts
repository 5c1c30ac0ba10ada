import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { untag } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("removes the given tags and keeps the order of the others", () => {
  const out = run([untag(["a", "b"])], [{ tags: ["b", "x", "a", "y"] }, { tags: ["a"] }, { tags: ["z"] }, {}]);
  assert.deepEqual(
    out.map((e) => e.tags),
    [["x", "y"], [], ["z"], []],
  );
});

test("passes an event that has none of them as it is", () => {
  const other = event({ tags: ["z"], time: 0 });
  assert.equal(run([untag("a")], [other])[0], other);
});

test("takes one tag as well", () => {
  assert.deepEqual(run([untag("a")], [{ tags: ["a", "b"] }])[0]?.tags, ["b"]);
});

test("refuses what is no tag", () => {
  // @ts-expect-error nothing
  assert.throws(() => untag(), { code: "FTS_STAGE_OPTION", message: /^untag\(tags\): .* got undefined$/ });
});
