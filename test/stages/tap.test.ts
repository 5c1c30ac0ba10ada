import assert from "node:assert/strict";
import { test } from "node:test";
import { tap } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("passes on what comes by, whatever it is", () => {
  const out = run([tap("a")], [{ metric: 1 }, { metric: null }, { state: "expired" }]);
  assert.deepEqual(
    out.map(({ metric, state }) => [metric, state]),
    [
      [1, null],
      [null, null],
      [null, "expired"],
    ],
  );
});

test("is known by its name", () => {
  assert.deepEqual(tap("latency").edge, { kind: "tap", name: "latency" });
});

test("refuses to have no name", () => {
  assert.throws(() => tap(""), {
    code: "FTS_STAGE_OPTION",
    message: 'tap(name): must be a string that is not empty, got "" (a string)',
  });
});
