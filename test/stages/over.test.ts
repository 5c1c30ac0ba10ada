import assert from "node:assert/strict";
import { test } from "node:test";
import { over } from "../../src/stages/index.ts";
import { run, wait } from "../../src/testing/index.ts";

test("passes metrics strictly above the limit", () => {
  const out = run([over(12)], [{ metric: 11.9 }, { metric: 12 }, { metric: 12.1 }, { metric: -1 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [12.1],
  );
});

test("drops events whose metric is null or NaN, whatever the limit", () => {
  for (const limit of [-1, 0, 1])
    assert.deepEqual(run([over(limit)], [{ service: "a" }, { metric: null }, { metric: Number.NaN }]), []);
});

test("looks at expired events as at any other", () => {
  const out = run([over(12)], [{ metric: 13, state: "expired" }, wait(999), { metric: 14, time: 0 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [13, 14],
  );
});

test("refuses a limit that is no finite number", () => {
  // @ts-expect-error a string
  assert.throws(() => over("12"), {
    code: "FTS_STAGE_OPTION",
    message: 'over(limit): must be a finite number, got "12" (a string)',
  });
  assert.throws(() => over(Number.NaN), { code: "FTS_STAGE_OPTION" });
});
