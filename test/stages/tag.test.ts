import assert from "node:assert/strict";
import { test } from "node:test";
import { tag } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("puts the given tags first, then the old ones, none twice", () => {
  const out = run([tag(["a", "b"])], [{}, { tags: ["c", "b"] }, { tags: ["c", "c"] }]);
  assert.deepEqual(
    out.map((e) => e.tags),
    [
      ["a", "b"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ],
  );
});

test("takes one tag as well, and an empty list changes nothing", () => {
  assert.deepEqual(run([tag("web")], [{ tags: ["b"] }])[0]?.tags, ["web", "b"]);
  assert.deepEqual(run([tag([])], [{ tags: ["b"] }])[0]?.tags, ["b"]);
});

test("shares one list among events that shared theirs", () => {
  const tags = ["x"];
  const [one, two] = run([tag("a")], [{ tags }, { tags }]);
  assert.equal(one?.tags, two?.tags);
});

test("is not changed by what becomes of the list it was given", () => {
  const given = ["a"];
  const stages = [tag(given)];
  given.push("b");
  assert.deepEqual(run(stages, [{}])[0]?.tags, ["a"]);
});

test("refuses what is no tag", () => {
  // @ts-expect-error numbers
  assert.throws(() => tag([1]), {
    code: "FTS_STAGE_OPTION",
    message: "tag(tags): must be a tag (a string that is not empty) or a list of tags, got [1]",
  });
});
