import assert from "node:assert/strict";
import { test } from "node:test";
import { memoTags, tagList, tagsRule } from "../../src/kit/tags.ts";

test("takes one tag or a list of them, which may be empty", () => {
  for (const good of ["a", ["a", "b"], []]) assert.ok(tagsRule.test(good));
  for (const bad of ["", [""], ["a", 1], null, undefined, 1, {}]) assert.ok(!tagsRule.test(bad));
});

test("copies the list it is given", () => {
  const given = ["a"];
  assert.notEqual(tagList(given), given);
  assert.deepEqual([tagList(given), tagList("bc")], [["a"], ["bc"]]);
});

test("computes once for a run of events that share their list", () => {
  let calls = 0;
  const memo = memoTags((tags) => {
    calls++;
    return [...tags, "new"];
  });
  const shared = ["x"];
  assert.equal(memo(shared), memo(shared));
  assert.deepEqual([memo(["y"]), calls], [["y", "new"], 2]);
});
