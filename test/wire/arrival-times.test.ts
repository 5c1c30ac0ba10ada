import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { ArrivalTimes } from "../../src/wire/arrival-times.ts";
import { encodeMsg, type WireEvent } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import fc from "../fast-check.ts";

function decoded(times: ArrivalTimes, ...events: WireEvent[]): (number | null)[] {
  const into: Event[] = [];
  const bytes = encodeMsg({ events });
  assert.equal(new Decoder({ strings: 16, sets: 16, times }).decode(bytes, 0, bytes.length, 99, into), 0);
  return into.map(({ time }) => time);
}

test("a time in seconds, milli-, micro- or nanoseconds is told by its size, at the edges too", () => {
  const times = new ArrivalTimes(true);
  for (const [time, seconds] of [
    ["4999999999", 4_999_999_999],
    ["5000000000", 5_000_000],
    ["4999999999999", 4_999_999_999.999],
    ["5000000000000", 5_000_000],
    ["4999999999999999", 4_999_999_999.999999],
    ["5000000000000000", 5_000_000],
    ["9223372036854775807", 9_223_372_036.854776],
    ["-1795968620123", -1_795_968_620_123],
    ["0", 0],
  ] as const)
    assert.deepEqual(decoded(times, { time }), [seconds], time);
  assert.equal(times.timeUnit, 6);
});

test("what time_micros holds is told alike, and wins", () => {
  const times = new ArrivalTimes(true);
  const nanos = "1795968620123456789";
  assert.deepEqual(
    decoded(times, { time: 5, time_micros: "1795968620123456" }, { time_micros: nanos }, {}),
    [1_795_968_620.123456, 1_795_968_620.1234567, 99],
  );
  assert.equal(times.timeUnit, 1);
});

test("any time of the next hundred years comes out the same from each unit", () => {
  const day = fc.integer({ min: 86_400 * 60, max: 4_999_999_999 });
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 999 }), (seconds, millis) => {
      const units = [
        "",
        `${millis}`.padStart(3, "0"),
        `${millis}000`.padStart(6, "0"),
        `${millis}000000`.padStart(9, "0"),
      ];
      const read = decoded(new ArrivalTimes(true), ...units.map((rest) => ({ time: `${seconds}${rest}` })));
      for (const [unit, time] of read.entries())
        assert.ok(Math.abs((time ?? 0) - seconds - (unit === 0 ? 0 : millis / 1000)) < 1e-6, `${units[unit]}: ${time}`);
    }),
  );
});

test("off, and where nothing is said, times stay as they are", () => {
  for (const times of [new ArrivalTimes(false), undefined]) {
    const into: Event[] = [];
    const bytes = encodeMsg({ events: [{ time: "1795968620123" }] });
    new Decoder(times === undefined ? {} : { times }).decode(bytes, 0, bytes.length, 99, into);
    assert.equal(into[0]?.time, 1_795_968_620_123);
  }
});

test("events later than they should be are counted, once each, as they are after their unit is read", () => {
  const times = new ArrivalTimes(true);
  times.latest = 2_000_000_060;
  decoded(
    times,
    { time: 2_000_000_060 },
    { time: 2_000_000_061 },
    { time: "2000000061000" },
    { time: "2000000060000" },
  );
  assert.deepEqual([times.ahead, times.timeUnit], [2, 2]);
  times.latest = 2_000_000_070;
  decoded(times, { time: 2_000_000_061 });
  assert.deepEqual([times.ahead, times.timeUnit], [2, 2]);
});
