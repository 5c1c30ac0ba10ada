import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stages } from "../../src/core/stage.ts";
import { match } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const services = ["api 1", "web api", "API", null, ""].map((service) => ({ service }));
const passes = (stages: Stages, steps: Parameters<typeof run>[1] = services) =>
  run(stages, steps).map((e) => e.service);

test("passes events whose value equals another", () => {
  assert.deepEqual(passes([match("service", "API")]), ["API"]);
  assert.deepEqual(passes([match("service", null)]), [null]);
  assert.equal(run([match("metric", 0)], [{ metric: 0 }, { metric: null }, { metric: 1 }]).length, 1);
  assert.equal(run([match("metric", Number.NaN)], [{ metric: Number.NaN }]).length, 1);
});

test("passes events in whose value a regular expression is found, anywhere", () => {
  assert.deepEqual(passes([match("service", /api/)]), ["api 1", "web api"]);
  assert.deepEqual(passes([match("service", /^api/i)]), ["api 1", "API"]);
});

test("finds a regular expression only in texts", () => {
  assert.deepEqual(passes([match("service", /null|^$/)]), [""]);
  assert.deepEqual(run([match("metric", /1/)], [{ metric: 1 }]), []);
});

test("is not confused by a regular expression that remembers", () => {
  const global = /api/g;
  global.lastIndex = 3;
  const events = [{ service: "api" }, { service: "api" }, { service: "api" }];
  assert.equal(passes([match("service", global)], events).length, 3);
  assert.equal(global.lastIndex, 3);
});

test("looks at an attribute, nothing where it is not", () => {
  const zones = [{ attributes: { zone: "eu" } }, { attributes: { zone: "us" } }, {}];
  assert.equal(run([match("attributes.zone", "eu")], zones).length, 1);
  assert.equal(run([match("attributes.zone", [/^eu/, null])], zones).length, 2);
});

test("asks a function", () => {
  assert.deepEqual(passes([match("service", (name) => name?.endsWith("1"))]), ["api 1"]);
});

test("is content with one of a list", () => {
  assert.deepEqual(passes([match("service", ["API", null, /^web/, [(name) => name === ""]])]), [
    "web api",
    "API",
    null,
    "",
  ]);
  assert.deepEqual(passes([match("service", [])]), []);
});

test("looks at what a function gives, where an attribute that is not there is null", () => {
  const steps = [{ service: "a", attributes: { zone: "x" } }, { service: "b" }];
  assert.deepEqual(passes([match((e) => e.attributes.zone, "x")], steps), ["a"]);
  assert.deepEqual(passes([match((e) => e.attributes.zone, null)], steps), ["b"]);
});

test("refuses a field that is none, a pattern that is none, and a promise for an answer", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => match("sate", "ok"), {
    code: "FTS_STAGE_OPTION",
    message: /^match\(value\): must be one of host/,
  });
  // @ts-expect-error an object
  assert.throws(() => match("state", ["ok", {}]), {
    code: "FTS_STAGE_OPTION",
    message:
      "match(pattern): must be a string, number, boolean, null, regular expression or function, or a list of these, got {}",
  });
  // @ts-expect-error a promise is no answer
  const stages = [match("state", async () => true)];
  assert.throws(() => run(stages, [{}]), /match\(pattern\): must give true or false/);
});
