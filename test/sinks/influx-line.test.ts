import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { InfluxLines } from "../../src/sinks/influx-line.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const times = fc.oneof(
  fc.double({ min: 0, max: 4e9, noNaN: true }),
  fc.constantFrom(0, 0.999_999_9, 1, 1_759_999_999, 1_759_999_999.999_999_5),
);

test("a time is whole microseconds, whatever the one before", () => {
  fc.assert(
    fc.property(fc.array(times, { maxLength: 30 }), fc.double({ noNaN: true }), (all, metric) => {
      const lines = new InfluxLines();
      for (const time of all)
        assert.equal(lines.line(event({ service: "s", metric, time })), `s value=${metric} ${Math.round(time * 1e6)}`);
    }),
    { numRuns: rounds(500) },
  );
});
