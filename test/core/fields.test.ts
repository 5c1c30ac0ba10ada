import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";

test("what a stage says it changes are fields: one that is misspelt would have it run where it must not", () => {
  const changing = (changes: unknown) => stage("mine", () => () => {}, { changes: changes as string[] });
  for (const changes of [[], ["host", "time"], ["attributes", "attributes.zone", "tags"]])
    assert.deepEqual(changing(changes).changes, changes);
  for (const [changes, shown] of [
    ["host", '"host" (a string)'],
    [["hots"], '["hots"]'],
    [["host", 1], '["host", 1]'],
  ])
    assert.throws(() => changing(changes), {
      code: "FTS_STAGE_OPTION",
      message: `mine(changes): must be a list of fields, such as ["metric", "attributes.zone"], got ${shown}`,
    });
});
