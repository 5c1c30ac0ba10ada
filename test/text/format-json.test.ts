import assert from "node:assert/strict";
import { test } from "node:test";
import { event, NO_ATTRIBUTES, NO_TAGS, newEvent } from "../../src/core/event.ts";
import { formatJson } from "../../src/text/format-json.ts";

const float = (metric: number) =>
  newEvent(null, null, null, null, Math.fround(metric), 0, null, NO_TAGS, NO_ATTRIBUTES, true);

test("all standard fields are there, absent ones as null", () => {
  assert.deepEqual(JSON.parse(formatJson(event({ time: 1.000001 }))), {
    host: null,
    service: null,
    state: null,
    metric: null,
    time: 1.000001,
    description: null,
    ttl: null,
    tags: [],
    attributes: {},
  });
});

test("custom fields stay in attributes, also one that is named like a standard field", () => {
  const line = formatJson(event({ time: 0, host: "h", tags: ["a"], attributes: { host: "other" } }));
  assert.equal(JSON.parse(line).host, "h");
  assert.equal(JSON.parse(line).attributes.host, "other");
});

test("a metric that came as a float shows the fewest digits that name it", () => {
  assert.equal(JSON.parse(formatJson(float(0.1))).metric, 0.1);
});

test("a ttl shows the fewest digits that name the float it is on the wire", () => {
  assert.equal(JSON.parse(formatJson(event({ time: 0, ttl: Math.fround(0.1) }))).ttl, 0.1);
});

test("numbers that JSON does not have are strings", () => {
  for (const metric of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    assert.equal(JSON.parse(formatJson(event({ time: 0, metric }))).metric, String(metric));
});

test("a line end in a text does not end the line", () => {
  assert.ok(!formatJson(event({ time: 0, description: "a\nb\r\u2028" })).includes("\n"));
});

test("a list of events is one array on one line", () => {
  const line = formatJson([event({ time: 0, service: "a" }), event({ time: 0, service: "b" })]);
  assert.deepEqual(
    JSON.parse(line).map((one: { service: string }) => one.service),
    ["a", "b"],
  );
});
