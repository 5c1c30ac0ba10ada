import assert from "node:assert/strict";
import { test } from "node:test";
import { scale, tag, where } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const metrics = [{ metric: 1 }, { metric: 5 }, { metric: 2 }, { metric: 6 }];

test("sends each event through the branch that its answer names, in the order they came", () => {
  const out = run([where((e) => (e.metric ?? 0) > 4, [scale(10)], [scale(-1)])], metrics);
  assert.deepEqual(
    out.map((e) => e.metric),
    [-1, 50, -2, 60],
  );
});

test("drops what does not match when there is no other branch", () => {
  const out = run([where((e) => (e.metric ?? 0) > 4, [scale(10)])], metrics);
  assert.deepEqual(
    out.map((e) => e.metric),
    [50, 60],
  );
});

test("passes events on through an empty branch", () => {
  const out = run([where((e) => (e.metric ?? 0) > 4, [], [tag("low")])], metrics);
  assert.deepEqual(
    out.map((e) => [e.metric, ...e.tags]),
    [[1, "low"], [5], [2, "low"], [6]],
  );
});

test("takes null for a no, and refuses a promise", () => {
  assert.deepEqual(run([where((e) => e.service?.startsWith("a"), [])], [{ service: null }]), []);
  // @ts-expect-error a promise is no answer
  const stages = [where(async () => true, [])];
  assert.throws(() => run(stages, [{}]), /where\(test\): must give true or false/);
});

test("refuses a test that is no function and branches that are no lists of stages", () => {
  // @ts-expect-error a string
  assert.throws(() => where("x", []), {
    code: "FTS_STAGE_OPTION",
    message: 'where(test): must be a function, got "x" (a string)',
  });
  // @ts-expect-error a stage without a list around it
  assert.throws(() => where(() => true, scale(1)), {
    code: "FTS_NOT_A_STAGE",
    message: /^where\(then\): .* write \[ … \] around them$/,
  });
  // @ts-expect-error a stage without its parentheses
  assert.throws(() => where(() => true, [], [scale]), {
    code: "FTS_NOT_A_STAGE",
    message: "where(otherwise): element 0 is the function scale, not a stage: call it, scale(…)",
  });
});
