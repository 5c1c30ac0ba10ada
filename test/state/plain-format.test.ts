import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Event, event, newEvent } from "../../src/core/event.ts";
import { EventTimes } from "../../src/core/event-times.ts";
import type { Plain } from "../../src/core/state.ts";
import { HEADER_BYTES, VERSION } from "../../src/state/plain-format.ts";
import { PlainReader } from "../../src/state/plain-reader.ts";
import { PlainWriter } from "../../src/state/plain-writer.ts";
import fc from "../fast-check.ts";

const text = fc.string({ unit: fc.constantFrom("a", "é", "\u{1f600}", "\ud800", "\0", "__proto__"), maxLength: 8 });
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** 31 - 1, 2 ** 31, 127, 128),
);
const nullable = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const anEvent = fc
  .record({
    ...{ host: nullable(text), service: nullable(text), state: nullable(text), description: nullable(text) },
    ...{ metric: nullable(number), time: fc.double({ noNaN: true, noDefaultInfinity: true }), ttl: nullable(number) },
    ...{ tags: fc.array(text, { maxLength: 3 }), attributes: fc.dictionary(text, text, { maxKeys: 3 }) },
  })
  .map(({ attributes, ...fields }) => event({ ...fields, attributes: { __proto__: null as never, ...attributes } }));
const { plain } = fc.letrec<{ plain: Plain }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    text,
    anEvent,
    fc.array(tie("plain"), { maxLength: 4 }),
    fc.dictionary(text, tie("plain"), { maxKeys: 4 }).map((record): Plain => ({ ...record })),
  ),
}));

function written(...values: readonly Plain[]): Buffer {
  const writer = new PlainWriter();
  for (const value of values) writer.write(value);
  return Buffer.concat(writer.take());
}

test("what is written is read, in any number of pieces", () => {
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 5 }), (values) => {
      const writer = new PlainWriter();
      const pieces = values.map((value) => {
        writer.write(value);
        return writer.take();
      });
      const reader = new PlainReader(Buffer.concat([...pieces.flat(), ...writer.take()]));
      assert.deepEqual(
        values.map(() => reader.read()),
        values,
      );
      assert.ok(reader.isAtEnd);
    }),
  );
});

test("an event is all of what it was", () => {
  const float = newEvent("a", null, null, null, 0.1, 1, null, ["x"], { __proto__: null as never, zone: "eu" }, true);
  const [one, other] = new PlainReader(written([float, float])).read() as readonly Event[];
  assert.deepEqual(one, float);
  assert.deepEqual(
    [one?.metricIsFloat, one?.tags === other?.tags, one?.attributes === other?.attributes],
    [true, true, true],
  );
  assert.ok(Object.isFrozen(one?.tags) && Object.isFrozen(one?.attributes));
});

test("an event that was ahead of the clock counts as it did", () => {
  const [before, after] = [new EventTimes(60), new EventTimes(60)];
  const ahead = event({ time: 500 });
  before.of(ahead, before.saw(100));
  const writer = new PlainWriter(before);
  writer.write([ahead, event({ time: 90 })]);
  after.saw(130);
  const [again] = new PlainReader(Buffer.concat(writer.take()), after).read() as readonly Event[];
  assert.ok(again);
  assert.equal(after.of(again, 130), 100);
});

describe("what is not plain is refused", () => {
  for (const value of [undefined, new Map(), new Set(), () => 1, Symbol("s"), 1n, new Date(0)])
    test(String(value), () => {
      assert.throws(() => written([value as never]), { code: "FTS_STATE" });
    });
});

test("cut at any byte, it is read to no end", () => {
  const bytes = written({ list: [1, 2.5, "text", event({ time: 1, host: "a", tags: ["b"] })], "\ud800": null });
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => new PlainReader(bytes.subarray(0, length)).read(), { code: "FTS_STATE" }, `${length} bytes`);
});

test("a changed byte makes nothing worse than another value, or none", () => {
  const bytes = written({ list: [1, 2.5, "text", [true, null]], event: event({ time: 1, host: "a" }) });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const other = Buffer.from(bytes);
      other[at] = byte;
      try {
        new PlainReader(other).read();
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, "FTS_STATE");
      }
    }),
    { numRuns: 2000 },
  );
});

test("says which version it cannot read", () => {
  const bytes = written(1);
  bytes[HEADER_BYTES - 1] = VERSION + 1;
  assert.throws(() => new PlainReader(bytes), {
    message: `saved state: it is of version ${VERSION + 1}, this FastTS reads version ${VERSION}`,
  });
});
