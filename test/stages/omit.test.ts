import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { omit } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const FULL = {
  host: "a",
  service: "b",
  state: "ok",
  description: "c",
  metric: 1,
  time: 2,
  ttl: 3,
  tags: ["t"],
  attributes: { zone: "x", rack: "y" },
};
const left = (...fields: Parameters<typeof omit>) => run([omit(...fields)], [FULL])[0];

test("removes the fields it was given, and keeps the others", () => {
  assert.deepEqual(left(["host", "metric"]), event({ ...FULL, host: null, metric: null }));
  assert.deepEqual(left("tags"), event({ ...FULL, tags: [] }));
  assert.deepEqual(left([]), event(FULL));
});

test("removes all attributes or single ones", () => {
  assert.deepEqual({ ...left("attributes")?.attributes }, {});
  assert.deepEqual({ ...left(["attributes.zone", "attributes.none"])?.attributes }, { rack: "y" });
});

test("refuses what is no field, and the time", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => omit("metrics"), {
    code: "FTS_STAGE_OPTION",
    message: /^omit\(fields\): must name one of host, .* got "metrics"/,
  });
  // @ts-expect-error every event has a time
  assert.throws(() => omit(["host", "time"]), { code: "FTS_STAGE_OPTION", message: /got "time"/ });
});
