import assert from "node:assert/strict";
import { test } from "node:test";
import { event, newEvent } from "../../src/core/event.ts";
import { encodeFrame, encodeMsg, toWire } from "../../src/wire/codec.ts";
import { EventEncoder, maxBytes } from "../../src/wire/encode.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { character } from "./messages.ts";

// Long texts repeat a character: to draw each of 20,000 takes longer than all else in this file.
const text = fc.oneof(
  fc.constantFrom("", "ok", "web-1", "région", "日本語 🎉", "a".repeat(127), "a".repeat(128), "é".repeat(64)),
  fc.string({ unit: character, maxLength: 60, size: "max" }),
  fc.tuple(character, fc.integer({ min: 100, max: 20_000 })).map(([one, times]) => one.repeat(times)),
);
const optional = fc.option(text, { nil: null });
const metric = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    2 ** 31,
    -(2 ** 31),
    2 ** 52,
    -(2 ** 52),
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    2 ** 53,
    1e300,
    -1e300,
  ),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1, 3.4028235677973366e38),
  fc.maxSafeInteger(),
  fc.double(),
);
const time = fc.oneof(
  fc.constantFrom(0, -1, -0.5, 1.5, 1_700_000_000.123456, 253_402_300_800, -62_135_596_800),
  fc.double({ min: -1e10, max: 1e10, noNaN: true }),
);
const events = fc
  .tuple(optional, optional, optional, optional, fc.option(metric, { nil: null }), time)
  .chain(([host, service, state, description, number, at]) =>
    fc
      .tuple(
        fc.option(fc.float(), { nil: null }),
        fc.array(text, { maxLength: 4 }),
        fc.array(fc.tuple(text, text), { maxLength: 4 }),
        fc.boolean(),
      )
      .map(([ttl, tags, pairs, isFloat]) => {
        const attributes: Record<string, string> = Object.create(null);
        for (const [key, value] of pairs) attributes[key] = value;
        return newEvent(host, service, state, description, number, at, ttl, tags, attributes, isFloat);
      }),
  );

test("the bytes are those of protobufjs", () => {
  const encoder = new EventEncoder(); // the same for all: nothing of one message is left in the next
  fc.assert(
    fc.property(fc.array(events, { maxLength: 6 }), (batch) => {
      const msg = { events: batch.map(toWire) };
      assert.deepEqual(encoder.msg(batch), encodeMsg(msg));
      assert.deepEqual(encoder.frame(batch), encodeFrame(msg));
    }),
    { numRuns: rounds(60) },
  );
});

test("a length of one byte more than a varint of its size holds has one byte more", () => {
  const encoder = new EventEncoder();
  for (const edge of [2 ** 7, 2 ** 14, 2 ** 21])
    for (let bytes = edge - 24; bytes <= edge; bytes++) {
      const long = "x".repeat(bytes);
      for (const fields of [{ description: long }, { attributes: { a: long } }]) {
        const batch = [event({ time: 0, ...fields })];
        assert.ok(encoder.msg(batch).equals(encodeMsg({ events: batch.map(toWire) })), `${bytes} bytes`);
      }
    }
});

test("an event takes no more than it is said to", () => {
  const encoder = new EventEncoder();
  fc.assert(fc.property(events, (event) => assert.ok(encoder.msg([event]).length <= maxBytes(event))));
});

test("a frame is the caller's: the next one does not change it", () => {
  const encoder = new EventEncoder();
  const one = event({ host: "a", service: "b", metric: 1, time: 2 });
  const first = encoder.frame([one]);
  const copy = Buffer.from(first);
  encoder.frame([one.with({ host: "other" })]);
  assert.deepEqual(first, copy);
});
