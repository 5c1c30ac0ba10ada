import assert from "node:assert/strict";
import { test } from "node:test";
import { eventFromJson, metricField } from "../../src/cli/event-json.ts";
import { type Event, event } from "../../src/core/event.ts";
import { formatJson } from "../../src/text/format-json.ts";
import { encodeMsg } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import fc from "../fast-check.ts";

test("what stdout printed can be sent again", () => {
  const printed = formatJson(
    event({ host: "h", service: "s", metric: 1.5, time: 1.25, ttl: 60, tags: ["a"], attributes: { k: "v" } }),
  );
  assert.deepEqual(eventFromJson(printed, "line 1"), {
    host: "h",
    service: "s",
    metric_d: 1.5,
    time: "1",
    time_micros: "1250000",
    ttl: 60,
    tags: ["a"],
    attributes: [{ key: "k", value: "v" }],
  });
});

const text = fc.option(fc.string());
const number = fc.oneof(fc.double(), fc.constantFrom(-0, 2 ** 63, -(2 ** 63), 2 ** 53));
const anyEvent = fc.record({
  host: text,
  service: text,
  state: text,
  description: text,
  metric: fc.option(number),
  ttl: fc.option(fc.float()),
  time: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -9e18, max: 9e18 }), fc.integer()),
  tags: fc.array(fc.string()),
  attributes: fc.dictionary(fc.string(), fc.string()),
});

test("whatever stdout prints comes back as the same event when it is sent again, infinities and all", () => {
  fc.assert(
    fc.property(anyEvent, (fields) => {
      const printed = formatJson(event(fields));
      const bytes = encodeMsg({ events: [eventFromJson(printed, "line 1")] });
      const events: Event[] = [];
      new Decoder().decode(bytes, 0, bytes.length, 0, events);
      // Microseconds, where 64 bits can count them.
      const time = Math.abs(fields.time) < 9e12 ? Math.round(fields.time * 1e6) / 1e6 : Math.trunc(fields.time);
      assert.equal(events.map(formatJson).join(), formatJson(event({ ...fields, time })));
    }),
  );
});

test("a whole metric keeps all its digits, beyond 64 bits it is a double", () => {
  assert.deepEqual(metricField("9007199254740993", "m"), { metric_sint64: "9007199254740993" });
  assert.deepEqual(metricField("-9223372036854775808", "m"), { metric_sint64: "-9223372036854775808" });
  assert.deepEqual(metricField("9223372036854775808", "m"), { metric_d: 2 ** 63 });
  assert.deepEqual(metricField("2.5e3", "m"), { metric_d: 2500 });
  assert.deepEqual(metricField("NaN", "m"), { metric_d: Number.NaN });
});

for (const [line, message] of [
  ["[1]", "line 7: must be a JSON object, got [1]"],
  ["{", "line 7: must be a JSON object, got {"],
  ['{"metrc":1}', 'line 7: there is no field "metrc"; put it into attributes'],
  ['{"host":1}', "line 7: host must be a string, got 1"],
  ['{"tags":"a"}', 'line 7: tags must be a list of strings, got "a"'],
  ['{"attributes":{"a":1}}', 'line 7: attributes must be an object of strings, got {"a":1}'],
  ['{"metric":"many"}', 'line 7: metric: must be a number, got "many"'],
] as const) {
  test(`${line} is refused with the place and the field`, () => {
    assert.throws(() => eventFromJson(line, "line 7"), { code: "FTS_OPTION", message });
  });
}

test("a number that would become an infinity is refused; an infinity that is meant is a text", () => {
  const beyond =
    /^FastTsError: line 1: (metric|ttl): is beyond what a number can be, .*write Infinity or -Infinity, in JSON as a text/;
  for (const json of ['{"metric":1e999}', '{"metric":-1e999}', '{"metric":"1e999"}', '{"ttl":1e999}'])
    assert.throws(
      () => eventFromJson(json, "line 1"),
      (error) => beyond.test(String(error)),
    );
  assert.throws(() => metricField("1e999", "--metric"), /^FastTsError: --metric: is beyond .*, got "1e999"$/);
  assert.throws(() => metricField(`-${"9".repeat(400)}`, "--metric"), /is beyond/);
  assert.deepEqual(metricField("-Infinity", "--metric"), { metric_d: Number.NEGATIVE_INFINITY });
  assert.deepEqual(eventFromJson('{"metric":"Infinity"}', "line 1"), { metric_d: Number.POSITIVE_INFINITY });
});
