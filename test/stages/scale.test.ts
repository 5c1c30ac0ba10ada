import assert from "node:assert/strict";
import { test } from "node:test";
import { scale } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("multiplies the metric and leaves the rest", () => {
  const [out] = run([scale(0.5)], [{ host: "h", metric: 3, time: 7, tags: ["t"], attributes: { a: "b" } }]);
  assert.equal(out?.metric, 1.5);
  assert.deepEqual([out?.host, out?.time, out?.tags, out?.attributes], ["h", 7, ["t"], { a: "b" }]);
});

test("passes an event without a metric unchanged", () => {
  const [out] = run([scale(10)], [{ service: "no metric" }]);
  assert.equal(out?.metric, null);
  assert.equal(out?.service, "no metric");
});

test("refuses a factor that is no finite number", () => {
  // @ts-expect-error nothing
  assert.throws(() => scale(), {
    code: "FTS_STAGE_OPTION",
    message: "scale(factor): must be a finite number, got undefined",
  });
});
