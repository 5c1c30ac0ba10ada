import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type Defaults, defaults } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const changed = (fields: Defaults, from: Parameters<typeof run>[1][number]) => run([defaults(fields)], [from])[0];

test("sets what is null, and leaves what is there", () => {
  assert.deepEqual(
    changed({ state: "ok", ttl: 60, host: "b" }, { host: "a", time: 1 }),
    event({ host: "a", state: "ok", ttl: 60, time: 1 }),
  );
});

test("takes 0, NaN and an empty text for values", () => {
  const out = changed({ metric: 5, ttl: 5, state: "ok" }, { metric: Number.NaN, ttl: 0, state: "" });
  assert.deepEqual([out?.metric, out?.ttl, out?.state], [Number.NaN, 0, ""]);
});

test("sets tags of an event that has none, and attributes that are not there", () => {
  assert.deepEqual(changed({ tags: ["x"] }, {})?.tags, ["x"]);
  assert.deepEqual(changed({ tags: ["x"] }, { tags: ["y"] })?.tags, ["y"]);
  const out = changed({ "attributes.zone": "a", "attributes.rack": "b" }, { attributes: { rack: "" } });
  assert.deepEqual({ ...out?.attributes }, { zone: "a", rack: "" });
});

test("sets what a function of the event gives", () => {
  assert.equal(changed({ description: (e) => `about ${e.service}` }, { service: "x" })?.description, "about x");
  assert.equal(changed({ state: (e) => e.attributes.health }, {})?.state, null);
});

test("passes an event on as it is when nothing is missing", () => {
  const whole = event({ state: "bad", time: 1 });
  let passed: unknown = null;
  const look = defaults({
    metric: (e) => {
      passed = e;
      return 1;
    },
  });
  const [out] = run([defaults({ state: "ok" }), look], [whole]);
  assert.equal(out?.metric, 1);
  assert.equal(passed, whole);
});

test("refuses a default for what every event has, what is no field, and values that a field cannot hold", () => {
  const refuses = (fields: unknown, message: string | RegExp) =>
    assert.throws(() => defaults(fields as Defaults), { code: "FTS_STAGE_OPTION", message });
  refuses(
    { time: 1 },
    "defaults(fields): must name one of host, service, state, description, metric, ttl, tags or attributes.NAME, " +
      'got "time" (a string)',
  );
  refuses({ attributes: {} }, /got "attributes"/);
  refuses({ stat: "ok" }, /got "stat"/);
  refuses({ state: 1 }, "defaults(state): must be a string or null, or a function of the event, got 1");
  refuses(null, "defaults(fields): must be an object { … }, got null");
});
