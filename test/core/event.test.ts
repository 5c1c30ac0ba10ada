import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { event, newEvent, withMetric } from "../../src/core/event.ts";
import { fieldsOf } from "./fields.ts";

for (const time of [Number.NaN, Number.POSITIVE_INFINITY, null, undefined, "5"]) {
  const shown = typeof time === "string" ? JSON.stringify(time) : String(time);

  test(`an event cannot be made with ${shown} for its time`, () => {
    assert.throws(() => Reflect.apply(event, null, [{ time }]), {
      code: "FTS_STAGE_MISUSE",
      message: `event({ time }): must be a finite number of seconds, got ${shown}`,
    });
  });

  if (time !== undefined)
    test(`an event cannot be given ${shown} for its time`, () => {
      const one = event({ time: 1 });
      assert.throws(() => Reflect.apply(one.with, one, [{ time }]), {
        code: "FTS_STAGE_MISUSE",
        message: `with({ time }): must be a finite number of seconds, got ${shown}`,
      });
    });
}

test("a copy has the changed fields, and shares the others", () => {
  const one = event({ time: 1, service: "a", tags: ["x"] });
  const other = one.with({ time: 2, service: null });
  assert.deepEqual([other.time, other.service, other.tags === one.tags], [2, null, true]);
});

test("an attribute that was not given is not there, whatever its name", () => {
  const { attributes } = event({ time: 0 });
  assert.deepEqual([attributes.constructor, attributes.toString], [undefined, undefined]);
});

test("a copy can differ in each field, and what is undefined stays", () => {
  const changes = {
    host: "h",
    service: "s",
    state: "ok",
    description: "d",
    metric: 1,
    time: 2,
    ttl: 3,
    tags: ["t"],
    attributes: { a: "b" },
  };
  const none = event({ time: 0 });
  const all = none.with(changes);
  assert.deepEqual(all, event(changes));
  for (const [field, value] of Object.entries(changes)) {
    assert.deepEqual(fieldsOf(none.with({ [field]: value })), { ...fieldsOf(none), [field]: value });
    assert.deepEqual(all.with({ [field]: undefined }), all);
  }
});

test("a copy remembers that its metric came as a 32-bit number for as long as it is the same", () => {
  const came = newEvent(null, null, null, null, 0.5, 1, null, [], {}, true);
  const copies = [
    came.with({ state: "ok" }),
    came.with({ metric: 0.5 }),
    withMetric(came, 0.5),
    came.with({ metric: 2 }),
    withMetric(came, 2),
    withMetric(came, 2).with({ metric: 2 }),
  ];
  assert.deepEqual(
    copies.map((copy) => copy.metricIsFloat),
    [true, true, true, false, false, false],
  );
});

test("as JSON it is what stdout() prints, and can be read again", () => {
  const one = event({ time: 1.5, service: "a", metric: Number.NaN, tags: ["x"] });
  assert.equal(
    JSON.stringify(one),
    '{"host":null,"service":"a","state":null,"metric":"NaN","time":1.5,"description":null,"ttl":null,"tags":["x"],"attributes":{}}',
  );
  const float = newEvent(null, null, null, null, Math.fround(0.1), 1, Math.fround(0.7), [], {}, true);
  assert.deepEqual([float.toJSON().metric, float.toJSON().ttl], [0.1, 0.7]);
  const exact = event({ time: 1_700_000_128, metric: Math.fround(0.1), description: "d" });
  assert.deepEqual(
    [exact.toJSON().metric, exact.toJSON().time, exact.toJSON().description],
    [Math.fround(0.1), 1_700_000_128, "d"],
  );
});

const given = {
  host: "h",
  service: "s",
  state: "ok",
  description: "d",
  metric: 1,
  time: 2,
  ttl: 3,
  tags: ["t"],
  attributes: { a: "b" },
};

/** The first frame of a stack. */
const topOf = ({ stack = "" }: Error): string => /\n +at (.*)/.exec(stack)?.[1] ?? "";

for (const name of [...Object.keys(given), "metricIsFloat", "metrics", "__proto"])
  test(`assigning to ${name} throws at the line that does so, and changes nothing`, () => {
    const one: Record<string, unknown> & object = Object(event(given));
    const before = JSON.stringify(one);
    for (const assign of [
      () => Object.assign(one, { [name]: 5 }),
      () => {
        one[name] = 5;
      },
      () => new Function("e", "e[arguments[1]] = 5")(one, name),
    ])
      assert.throws(assign, (error: Error) => {
        assert.equal(
          error.message,
          `event.${name} = 5: an event is never changed, as other pipelines get it too: emit a copy, event.with({ … })`,
        );
        assert.doesNotMatch(topOf(error), /refuse-assignments/);
        return true;
      });
    assert.equal(JSON.stringify(one), before);
  });

test("the tags and attributes of an event cannot be changed, whichever way it was made", () => {
  const tags = ["a"];
  const attributes: Record<string, string> = { a: "b" };
  const [made, copied] = [
    event({ time: 1, tags, attributes }),
    event({ time: 1 }).with({ tags: ["c"], attributes: {} }),
  ];
  for (const one of [made, copied, event({ time: 1 })]) {
    assert.throws(() => Array.prototype.push.call(one.tags, "x"), TypeError);
    assert.throws(() => Object.assign(one.attributes, { x: "y" }), TypeError);
  }
  assert.throws(() => tags.push("x"), TypeError, "what it was made of is a part of it");
});

test("the methods of an event cannot be changed", () => {
  for (const name of ["with", "toJSON", "constructor"])
    assert.throws(() => Object.assign(event({ time: 1 }), { [name]: () => null }), TypeError);
});

test("an event is shown as what it holds, and compared by that", () => {
  assert.match(inspect(event({ time: 1, service: "a" })), /^\{\s+host: null,\s+service: 'a'/);
  assert.notDeepEqual(event({ time: 1, metric: 1 }), event({ time: 1, metric: 2 }));
});
