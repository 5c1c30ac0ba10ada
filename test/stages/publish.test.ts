import assert from "node:assert/strict";
import { test } from "node:test";
import { publish } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("passes on what it publishes, whether somebody subscribes or not", () => {
  const out = run([publish("nobody")], [{ metric: 1 }, { metric: null }, { state: "expired" }]);
  assert.deepEqual(
    out.map(({ metric, state }) => [metric, state]),
    [
      [1, null],
      [null, null],
      [null, "expired"],
    ],
  );
});

test("says beyond its chain where it publishes to", () => {
  assert.deepEqual(publish("alerts").edge, { kind: "publish", name: "alerts" });
});

test("refuses a channel without a name", () => {
  assert.throws(() => publish(""), {
    code: "FTS_STAGE_OPTION",
    message: 'publish(channel): must be a string that is not empty, got "" (a string)',
  });
});
