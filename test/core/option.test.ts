import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKeys } from "../../src/core/option.ts";
import { checkStages, show, stage } from "../../src/core/stage.ts";

const pass = stage("pass", ({ emit }) => emit);

test("a stage in the place of options, as Riemann nests them, is told where it goes", () => {
  assert.throws(() => checkKeys("rate", pass, ["idle"]), {
    message: "rate(options): got the stage pass, which goes behind it: [rate(…), pass(…)]",
  });
});

test("options that are no object are refused", () => {
  for (const [given, shown] of [
    [5, "5"],
    [null, "null"],
    [["idle"], '["idle"]'],
    ["idle", '"idle" (a string)'],
  ])
    assert.throws(() => checkKeys("rate", given, ["idle"]), {
      code: "FTS_STAGE_OPTION",
      message: `rate(options): must be an object { … }, got ${shown}`,
    });
});

test("a stage in the place of a list is told what it lacks", () => {
  assert.throws(() => checkStages("by(stages)", pass), {
    message: "by(stages): must be a list of stages, got the stage pass: write [ … ] around them",
  });
});

test("a message shows values as their writer knows them", () => {
  assert.deepEqual(["5", pass, /^api/, [1, "b"], [], { a: 1 }, null].map(show), [
    '"5" (a string)',
    "the stage pass",
    "/^api/",
    '[1, "b"]',
    "a list of 0",
    '{"a":1}',
    "null",
  ]);
});
