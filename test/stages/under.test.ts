import assert from "node:assert/strict";
import { test } from "node:test";
import { under } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("passes metrics strictly below the limit", () => {
  const out = run([under(12)], [{ metric: 11.9 }, { metric: 12 }, { metric: 12.1 }, { metric: -1 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [11.9, -1],
  );
});

test("drops events whose metric is null or NaN, whatever the limit", () => {
  for (const limit of [-1, 0, 1])
    assert.deepEqual(run([under(limit)], [{ service: "a" }, { metric: null }, { metric: Number.NaN }]), []);
});

test("refuses a limit that is no finite number", () => {
  // @ts-expect-error a string
  assert.throws(() => under("12"), {
    code: "FTS_STAGE_OPTION",
    message: 'under(limit): must be a finite number, got "12" (a string)',
  });
  assert.throws(() => under(Number.NaN), { code: "FTS_STAGE_OPTION" });
});
