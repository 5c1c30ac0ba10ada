import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { ByFields } from "../../src/sinks/by-fields.ts";
import { SeriesTable } from "../../src/sinks/series-table.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const text = fc.constantFrom(null, "", "a", "b", "a b", "0", "null", "é,=#");
const events = fc.array(
  fc.record({
    host: text,
    service: text,
    attributes: fc.constantFrom({}, { a: "1" }, { a: "1", b: "2" }, { b: "2", a: "1" }, { host: "x" }, { "k ": "v\n" }),
    metric: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    time: fc.oneof(
      fc.double({ min: 0, max: 4e9, noNaN: true }),
      fc.constantFrom(0, 0.999_999_9, 1, 1_759_999_999.999_999_5),
    ),
  }),
  { minLength: 1, maxLength: 60 },
);
const keyOf = (one: ReturnType<typeof event>): string => JSON.stringify([one.host, one.service, one.attributes]);

test("one value for the same fields, another for others, however many are forgotten meanwhile", () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 40 }), (all, max) => {
      const table = new ByFields<string>(max);
      for (const one of all.map(event)) assert.equal(table.of(one, keyOf), keyOf(one));
    }),
    { numRuns: rounds(200) },
  );
});

test("a value is kept while no more than a generation of others is used", () => {
  const table = new ByFields<object>(3);
  const [first, ...others] = ["a", "b", "c", "d"].map((service) => event({ service, time: 1 }));
  assert.ok(first);
  const made = table.of(first, () => ({}));
  for (let round = 0; round < 3; round++) for (const one of [...others, first]) table.of(one, () => ({}));
  assert.equal(
    table.of(first, () => ({})),
    made,
  );
});

test("series are those whose fields are the same, as a plain key has it", () => {
  fc.assert(
    fc.property(events, (all) => {
      const table = new SeriesTable();
      const plain = new Map<string, unknown>();
      for (const one of all.map(event)) {
        const series = table.of(one);
        assert.equal(plain.get(keyOf(one)) ?? series, series);
        plain.set(keyOf(one), series);
      }
    }),
    { numRuns: rounds(200) },
  );
});
