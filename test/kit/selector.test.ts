import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { compileKey, compileSelector, sameValue } from "../../src/kit/selector.ts";

const full = event({ host: "h", service: "s", state: "ok", description: "d", metric: 1, time: 2, ttl: 3 });

test("reads the field it is named for", () => {
  const fields = ["host", "service", "state", "description", "metric", "time", "ttl"];
  assert.deepEqual(
    fields.map((field) => compileSelector("test", field)(full)),
    ["h", "s", "ok", "d", 1, 2, 3],
  );
});

test("reads the attribute it is named for, null when it is not there", () => {
  const zoned = event({ time: 1, attributes: { zone: "eu", "rack.row": "7", "": "nameless" } });
  assert.deepEqual(
    ["attributes.zone", "attributes.rack.row", "attributes.host"].map((name) => compileSelector("test", name)(zoned)),
    ["eu", "7", null],
  );
});

test("gives null for what a function does not find", () => {
  for (const nothing of [undefined, null]) assert.equal(compileSelector("test", () => nothing)(full), null);
});

test("refuses fields that are lists, and names that every object has", () => {
  for (const name of ["tags", "attributes", "attributes.", "constructor", "", undefined])
    assert.throws(() => compileSelector("by(key)", name), {
      code: "FTS_STAGE_OPTION",
      message: /^by\(key\): must be one of host, .*, ttl, attributes\.NAME, or a function of the event, got /,
    });
});

test("splits a key into its last part and those above", () => {
  const { above, key } = compileKey("test", ["host", "service", () => 7]);
  assert.deepEqual([above.map((select) => select(full)), key(full)], [["h", "s"], 7]);
});

test("holds NaN for equal to itself, and 0 to -0", () => {
  assert.deepEqual([sameValue(Number.NaN, Number.NaN), sameValue(0, -0), sameValue(null, 0)], [true, true, false]);
});
