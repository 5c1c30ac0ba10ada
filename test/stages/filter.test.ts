import assert from "node:assert/strict";
import { test } from "node:test";
import { filter } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("passes events for which the test says yes", () => {
  const out = run(
    [filter((e) => e.service?.startsWith("api"))],
    [{ service: "api x" }, { service: "db" }, { service: null }],
  );
  assert.deepEqual(
    out.map((e) => e.service),
    ["api x"],
  );
});

test("refuses the answer of an async function, which would let everything pass", () => {
  // @ts-expect-error a promise is no answer
  const stages = [filter(async () => false)];
  assert.throws(
    () => run(stages, [{}]),
    /filter\(test\): must give true or false, got a promise; to wait .* use map\(async/,
  );
});

test("refuses a test that is no function", () => {
  // @ts-expect-error a string
  assert.throws(() => filter("metric > 3"), {
    code: "FTS_STAGE_OPTION",
    message: 'filter(test): must be a function, got "metric > 3" (a string)',
  });
});
