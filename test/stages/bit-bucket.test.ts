import assert from "node:assert/strict";
import { test } from "node:test";
import { bitBucket, smap, where } from "../../src/stages/index.ts";
import { perform, run } from "../../src/testing/index.ts";

test("drops everything, and counts it as handled", () => {
  const { values, ledger } = perform([bitBucket()], [{ metric: 1 }, { state: "expired" }, {}]);
  assert.deepEqual(values, []);
  assert.equal(ledger.stages[0]?.handled, 3);
});

test("drops lists", () => {
  assert.deepEqual(run([smap((e) => [e]), bitBucket()], [{}]), []);
});

test("ends a branch", () => {
  const out = run([where((e) => e.metric === 1, [bitBucket()], [])], [{ metric: 1 }, { metric: 2 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [2],
  );
});
