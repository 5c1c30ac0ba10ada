import assert from "node:assert/strict";
import { test } from "node:test";
import { event, newEvent } from "../../src/core/event.ts";
import { type Settings, set } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

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
const changed = (fields: Settings, from = FULL) => run([set(fields)], [from])[0];

test("sets fields to values, and leaves the others", () => {
  assert.deepEqual(changed({ metric: 9, service: "rate" }), event({ ...FULL, metric: 9, service: "rate" }));
});

test("removes fields with null", () => {
  const none = { host: null, service: null, state: null, description: null, metric: null, ttl: null };
  assert.deepEqual(changed({ ...none, tags: [], attributes: {} }), event({ time: 2, attributes: {} }));
});

test("sets fields to what functions of the event as it came give", () => {
  const fields: Settings = {
    service: (e) => `${e.host} ${e.service}`,
    host: (e) => e.service,
    time: (e) => e.time + 1,
    tags: (e) => [...e.tags, "u"],
  };
  assert.deepEqual(changed(fields), event({ ...FULL, service: "a b", host: "b", time: 3, tags: ["t", "u"] }));
});

test("takes an attribute that is not there for null", () => {
  assert.equal(changed({ state: (e) => e.attributes.health })?.state, null);
});

test("sets and removes single attributes", () => {
  const attributes = (fields: Settings) => ({ ...changed(fields)?.attributes });
  assert.deepEqual(attributes({ "attributes.zone": "z", "attributes.new.name": (e) => e.host }), {
    zone: "z",
    rack: "y",
    "new.name": "a",
  });
  assert.deepEqual(attributes({ "attributes.rack": null, "attributes.none": null }), { zone: "x" });
  assert.deepEqual(attributes({ attributes: { a: "1", b: "2" }, "attributes.b": "3" }), { a: "1", b: "3" });
});

test("shares the attributes of an event that has what is set", () => {
  const zoned = event({ time: 0, attributes: { zone: "z" } });
  assert.equal(
    run([set({ "attributes.zone": "z", "attributes.none": null })], [zoned])[0]?.attributes,
    zoned.attributes,
  );
});

test("remembers that a metric came as a 32-bit number for as long as it is the same", () => {
  const came = newEvent(null, null, null, null, Math.fround(0.1), 0, null, [], {}, true);
  const isFloat = (fields: Settings) => run([set(fields)], [came])[0]?.metricIsFloat;
  assert.deepEqual([isFloat({ state: "ok" }), isFloat({ metric: 0.2 })], [true, false]);
});

test("shares attributes between events whose attributes come out equal, and never mixes them up", () => {
  const attributes = fc.constantFrom(...[{}, { zone: "a" }, { zone: "b", rack: "1" }].map((one) => Object.freeze(one)));
  const events = fc.array(fc.record({ attributes, host: fc.constantFrom("a", "b", null) }));
  fc.assert(
    fc.property(events, (given) => {
      const out = run([set({ "attributes.zone": (e) => e.host, "attributes.all": "x" })], given);
      for (const [at, { attributes, host }] of given.entries()) {
        const { zone, ...rest } = attributes as { zone?: string };
        assert.deepEqual({ ...out[at]?.attributes }, { ...rest, all: "x", ...(host === null ? {} : { zone: host }) });
      }
      const same = out.filter(({ attributes }, at) => attributes === out[at - 1]?.attributes);
      const equal = given.filter(
        (one, at) => one.attributes === given[at - 1]?.attributes && one.host === given[at - 1]?.host,
      );
      assert.ok(same.length >= equal.length);
    }),
  );
});

test("forgets the attributes it made when a function throws halfway", () => {
  let isBroken = false;
  const fields: Settings = {
    "attributes.host": (e) => e.host,
    "attributes.zone": () => {
      if (isBroken) throw new Error("broken");
      return "z";
    },
  };
  const stages = [set(fields)];
  assert.equal(run(stages, [{ host: "a" }])[0]?.attributes.host, "a");
  isBroken = true;
  assert.throws(() => run(stages, [{ host: "b" }]), /broken/);
  isBroken = false;
  assert.equal(run(stages, [{ host: "b" }])[0]?.attributes.host, "b");
});

test("does not notice when lists and objects it was given change", () => {
  const tags = ["x"];
  const attributes: Record<string, string> = { a: "1" };
  const stages = [set({ tags, attributes })];
  tags.push("y");
  attributes.b = "2";
  const [out] = run(stages, [{}]);
  assert.deepEqual([out?.tags, { ...out?.attributes }], [["x"], { a: "1" }]);
});

test("passes everything through with nothing to set", () => {
  assert.deepEqual(changed({}), event(FULL));
});

test("says so when a function gives what the field cannot hold", () => {
  const gives = (fields: object) => () => changed(fields);
  assert.throws(
    gives({ metric: () => "1" }),
    /set\(metric\): the function must give a number or null, got "1" \(a string\)/,
  );
  assert.throws(gives({ time: () => null }), /set\(time\): the function must give a finite number, got null/);
  assert.throws(gives({ tags: () => "x" }), /set\(tags\): the function must give a list of strings/);
  assert.throws(
    gives({ "attributes.a": () => 1 }),
    /set\(attributes\.a\): the function must give a string or null, got 1/,
  );
});

test("refuses what is no field, and values that a field cannot hold", () => {
  const refuses = (fields: unknown, message: string | RegExp) =>
    assert.throws(() => set(fields as Settings), { code: "FTS_STAGE_OPTION", message });
  refuses("metric", 'set(fields): must be an object { … }, got "metric" (a string)');
  refuses(
    { metrics: 1 },
    "set(fields): must name one of host, service, state, description, metric, time, ttl, tags, attributes or " +
      'attributes.NAME, got "metrics" (a string)',
  );
  refuses({ "attributes.": "x" }, /^set\(fields\): must name one of/);
  refuses({ metric: "1" }, 'set(metric): must be a number or null, or a function of the event, got "1" (a string)');
  refuses({ time: null }, /^set\(time\): must be a finite number, or/);
  refuses({ tags: "x" }, /^set\(tags\): must be a list of strings, or/);
  refuses({ attributes: { a: 1 } }, /^set\(attributes\): must be an object of strings, or/);
  refuses({ "attributes.a": 1 }, /^set\(attributes\.a\): must be a string or null, or/);
});
