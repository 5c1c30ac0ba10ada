import assert from "node:assert/strict";
import { test } from "node:test";
import { isYes } from "../../src/core/predicate.ts";

test("takes truth as JavaScript has it", () => {
  assert.deepEqual(
    [true, 1, "x", false, 0, "", null, undefined, Number.NaN].map((answer) => isYes("test", answer)),
    [true, true, true, false, false, false, false, false, false],
  );
});

test("refuses objects and functions, which are always true", () => {
  for (const answer of [Promise.resolve(false), {}, [], () => false])
    assert.throws(() => isYes("filter(test)", answer), {
      code: "FTS_STAGE_MISUSE",
      message: /^filter\(test\): must give true or false/,
    });
});
