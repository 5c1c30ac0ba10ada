import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { keep } from "../../src/stages/index.ts";
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
const kept = (...fields: Parameters<typeof keep>) => run([keep(...fields)], [FULL])[0];

test("keeps the fields it was given and the time, and removes the others", () => {
  assert.deepEqual(kept(["host", "metric"]), event({ host: "a", metric: 1, time: 2 }));
  assert.deepEqual(kept("tags"), event({ tags: ["t"], time: 2 }));
  assert.deepEqual(kept(["time"]), event({ time: 2 }));
  assert.deepEqual(kept([]), event({ time: 2 }));
});

test("keeps all attributes or single ones", () => {
  assert.deepEqual({ ...kept("attributes")?.attributes }, FULL.attributes);
  assert.deepEqual({ ...kept(["attributes.zone", "attributes.none"])?.attributes }, { zone: "x" });
  assert.deepEqual({ ...kept(["attributes", "attributes.zone"])?.attributes }, FULL.attributes);
});

test("refuses what is no field", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => keep(["host", "metrics"]), {
    code: "FTS_STAGE_OPTION",
    message: /^keep\(fields\): must name one of host, .* got "metrics"/,
  });
  // @ts-expect-error nothing
  assert.throws(() => keep(), { code: "FTS_STAGE_OPTION", message: /got undefined$/ });
});
