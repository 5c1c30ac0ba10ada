import assert from "node:assert/strict";
import { test } from "node:test";
import { pipeline } from "../../src/core/pipeline.ts";
import { by, rate, subscribe, tee } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("passes on what its pipeline is given", () => {
  assert.deepEqual(
    run([subscribe("x")], [{ metric: 1 }, { metric: 2 }]).map((e) => e.metric),
    [1, 2],
  );
});

test("must be the first stage of a pipeline, and the only one", () => {
  const refused = (declare: () => unknown, channel: string) =>
    assert.throws(declare, {
      code: "FTS_PIPELINE",
      message: `pipeline "p": subscribe("${channel}") stands inside: it must be the first stage, and the only one`,
    });
  refused(() => pipeline("p", [rate(5), subscribe("late")]), "late");
  refused(() => pipeline("p", [subscribe("one"), subscribe("two")]), "two");
  refused(() => pipeline("p", [by("host", [subscribe("deep")])]), "deep");
  refused(() => pipeline("p", [subscribe("one"), tee([by("host", [subscribe("deep")])])]), "deep");
});

test("refuses a channel without a name", () => {
  assert.throws(() => subscribe(""), { code: "FTS_STAGE_OPTION" });
});
