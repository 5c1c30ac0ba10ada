import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Event, withMetric } from "../../src/core/event.ts";
import { encodeMsg, toWire, type WireEvent, type WireMsg } from "../../src/wire/codec.ts";
import { Decoder, MALFORMED, OK, QUERY } from "../../src/wire/decode.ts";
import { msgType } from "../../src/wire/protobuf.ts";
import { fieldsOf } from "../core/fields.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { msg, mutated, NOW, oracle } from "./messages.ts";

suite("decode", () => {
  test("any valid message gives what protobufjs gives, from tables of any size", () => {
    // The decoders live on from message to message: in four slots nearly every string replaces another.
    const decoders = [new Decoder(), new Decoder({ strings: 4, sets: 4 })];
    fc.assert(
      fc.property(msg, (bytes) => {
        const expected = oracle(bytes);
        for (const decoder of decoders) {
          const events: Event[] = [];
          assert.equal(decoder.decode(bytes, 0, bytes.length, NOW, events), expected.query ? QUERY : OK);
          assert.deepStrictEqual(events, expected.events);
        }
      }),
      { numRuns: rounds(200) },
    );
  });

  test("what was left unread is the same later, in copies too, however the bytes have changed and who asks first", () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(
        fc.array(msg, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        (messages, checked, turned) => {
          const expected = messages.flatMap((bytes) => oracle(bytes).events);
          const record = Buffer.concat(messages);
          const events: Event[] = [];
          decoder.begin(record.length, true, checked);
          let at = 0;
          for (const { length } of messages) {
            decoder.decode(record, at, at + length, NOW, events);
            at += length;
          }
          const copies = events.map((event) => withMetric(event, 1).with({ state: "copied" }));
          record.fill(0xff);
          const both = [...events, ...copies];
          for (const event of turned ? both.reverse() : both) event.tags;
          for (const [index, event] of events.entries()) {
            assert.deepStrictEqual(event, expected[index]);
            const { metricIsFloat } = copies[index] ?? event;
            assert.deepStrictEqual(fieldsOf(copies[index] as Event), {
              ...fieldsOf(event),
              metric: 1,
              state: "copied",
              metricIsFloat,
            });
            assert.equal(copies[index]?.tags, event.tags);
            assert.equal(copies[index]?.attributes, event.attributes);
          }
        },
      ),
      { numRuns: rounds(200) },
    );
  });

  test("a mutated message that was left unread is malformed as one that is read at once", () => {
    const [decoder, oracle] = [new Decoder(), new Decoder()];
    fc.assert(
      fc.property(mutated, (bytes) => {
        const [events, expected]: Event[][] = [[], []];
        decoder.begin(bytes.length, true, false);
        const outcome = decoder.decode(bytes, 0, bytes.length, NOW, events as Event[]);
        assert.equal(outcome, oracle.decode(bytes, 0, bytes.length, NOW, expected as Event[]));
        assert.equal(outcome === MALFORMED && decoder.problem, outcome === MALFORMED && oracle.problem);
        assert.deepStrictEqual(events?.map(fieldsOf), expected?.map(fieldsOf));
      }),
      { numRuns: rounds(200) },
    );
  });

  test("a mutated message is either what protobufjs says it is or malformed", () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(mutated, (bytes) => {
        const before = decoded({});
        const events = [...before];
        const outcome = decoder.decode(bytes, 0, bytes.length, NOW, events);
        const expected = accepted(bytes);
        if (outcome === MALFORMED) {
          assert.deepStrictEqual(events, before);
          assert.match(decoder.problem, / at byte \d+$/);
          // protobufjs passes over an unknown varint of any length; protobuf allows ten bytes.
          assert.ok(expected === null || decoder.problem.includes("varint of more than 10 bytes"), decoder.problem);
        } else {
          assert.deepStrictEqual(events.slice(before.length), expected);
        }
      }),
      { numRuns: rounds(200) },
    );
  });

  test("garbage never throws and never leaves an event behind", () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), (bytes) => {
        const events: Event[] = [];
        const outcome = decoder.decode(Buffer.from(bytes), 0, bytes.length, NOW, events);
        if (outcome === MALFORMED) assert.equal(events.length, 0);
      }),
      { numRuns: rounds(200) },
    );
  });

  test("a message means the same wherever it lies, in shared memory too, and what is around it does not matter", () => {
    const decoder = new Decoder();
    fc.assert(
      fc.property(msg, fc.nat(40), fc.nat(255), (bytes, offset, around) => {
        const shared = Buffer.from(new SharedArrayBuffer(bytes.length + offset + 3)).fill(around);
        bytes.copy(shared, offset);
        const events: Event[] = [];
        decoder.decode(shared, offset, offset + bytes.length, NOW, events);
        shared.fill(0);
        assert.deepStrictEqual(events, oracle(bytes).events);
      }),
      { numRuns: rounds(150) },
    );
  });

  test("every field of proto/riemann.proto arrives in its place", () => {
    const fields = Object.fromEntries(
      msgType()
        .root.lookupType("Event")
        .fieldsArray.map(({ name, id }) => [name, id]),
    );
    assert.deepStrictEqual(fields, {
      time: 1,
      state: 2,
      service: 3,
      host: 4,
      description: 5,
      tags: 7,
      ttl: 8,
      attributes: 9,
      time_micros: 10,
      metric_sint64: 13,
      metric_d: 14,
      metric_f: 15,
    });
    const [event] = decoded({ ...WHOLE, time: 9 });
    assert.deepStrictEqual(fieldsOf(event), { ...TEXTS, metric: -7, time: 1.5, metricIsFloat: false });
  });

  test("states come as events without a metric, in the order of the wire", () => {
    const first = encodeMsg({ events: [{ host: "event" }] });
    const second = encodeMsg({ states: [{ host: "state", time: 5, once: true, tags: ["a"], ttl: 3 }] });
    const events = decodedBytes(Buffer.concat([first, second, first]));
    assert.deepStrictEqual(
      events.map(({ host, metric, time, tags, ttl }) => ({ host, metric, time, tags, ttl })),
      [
        { host: "event", metric: null, time: NOW, tags: [], ttl: null },
        { host: "state", metric: null, time: 5, tags: ["a"], ttl: 3 },
        { host: "event", metric: null, time: NOW, tags: [], ttl: null },
      ],
    );
  });

  test("metric_sint64 wins over metric_d, that over metric_f, and zero is a metric", () => {
    assert.deepStrictEqual(metric({ metric_sint64: 0, metric_d: 1.5, metric_f: 2.5 }), [0, false]);
    assert.deepStrictEqual(metric({ metric_d: 0, metric_f: 2.5 }), [0, false]);
    assert.deepStrictEqual(metric({ metric_f: 0.1 }), [Math.fround(0.1), true]);
    assert.deepStrictEqual(metric({ metric_d: Number.NaN }), [Number.NaN, false]);
    assert.deepStrictEqual(metric({}), [null, false]);
  });

  test("a 64-bit integer beyond 2^53 is the nearest double", () => {
    const range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
    fc.assert(
      fc.property(fc.bigInt(range), (value) => {
        const [event] = decoded({ metric_sint64: `${value}`, time: `${value}` });
        assert.deepStrictEqual([event?.metric, event?.time], [Number(value), Number(value)]);
      }),
    );
  });

  test("time_micros wins over time, that over now, and zero is a time", () => {
    assert.deepStrictEqual(decoded({ time_micros: 0, time: 7 })[0]?.time, 0);
    assert.deepStrictEqual(decoded({ time: 0 })[0]?.time, 0);
    assert.deepStrictEqual(decoded({})[0]?.time, NOW);
    assert.deepStrictEqual(decoded({ time_micros: "1700000000123456" })[0]?.time, 1_700_000_000.123456);
  });

  test("an attribute may be named like a standard field or like something of JavaScript's", () => {
    const names = ["host", "time", "__proto__", "constructor", "toString"];
    const [event] = decoded({ host: "h", attributes: names.map((key) => ({ key, value: `my ${key}` })) });
    assert.equal(event?.host, "h");
    assert.deepStrictEqual(
      Object.entries(event?.attributes ?? {}),
      names.map((key) => [key, `my ${key}`]),
    );
    assert.equal(Object.getPrototypeOf(event?.attributes), null);
  });

  test("the last of two attributes of the same name wins, and one without a value is empty", () => {
    const attributes = [{ key: "a", value: "1" }, { key: "b" }, { key: "a", value: "2" }];
    assert.deepStrictEqual({ ...decoded({ attributes })[0]?.attributes }, { a: "2", b: "" });
  });

  test("equal strings, tags and attributes are one object, and nobody can change it", () => {
    const wire = { service: "disk", tags: ["a", "b"], attributes: [{ key: "k", value: "v" }] };
    const [one, two] = decoded(wire, wire);
    assert.ok(one !== undefined && one.tags === two?.tags && one.attributes === two.attributes);
    assert.ok(Object.isFrozen(one.tags) && Object.isFrozen(one.attributes));
  });

  test("tags and attributes that do not come in one run are all there", () => {
    const parts = [1, 2, 3].map((n) =>
      eventBody({ tags: [`t${n}`], attributes: [{ key: "k", value: `${n}` }, { key: `k${n}` }] }),
    );
    const [event] = decodedBytes(asMsg(Buffer.concat(parts)));
    assert.deepStrictEqual(event?.tags, ["t1", "t2", "t3"]);
    assert.deepStrictEqual({ ...event?.attributes }, { k: "3", k1: "", k2: "", k3: "" });
  });

  test("tags and lengths padded to more bytes than needed mean the same", () => {
    // Tags 7, 3 and 9 in two to four bytes, lengths in two or three.
    const [event] = decodedBytes(
      asMsg(Buffer.from("ba0081800061" + "9a80800081800062" + "ca008500" + "0a016b1200", "hex")),
    );
    assert.deepStrictEqual(event?.tags, ["a"]);
    assert.equal(event?.service, "b");
    assert.deepStrictEqual({ ...event?.attributes }, { k: "" });
  });

  for (const [what, hex, problem] of [
    ["field number 0", "0001", /^field number 0 at byte/],
    ["wire type 6", "0e", /^unknown wire type 6 at byte/],
    ["a length beyond the end", "320508", /^length beyond the end at byte/],
    ["a length beyond the end of the event", "320312054100", /^length beyond the end at byte/],
    ["a varint cut off", "32020880", /^truncated varint at byte/],
    ["a varint of eleven bytes", "320c08ffffffffffffffffffff01", /^varint of more than 10 bytes at byte/],
    ["a double cut off", "3203710000", /^truncated 64-bit field at byte/],
    ["a float cut off", "32037d0000", /^truncated 32-bit field at byte/],
    ["an attribute without a key", "32044a021200", /^attribute without a key at byte 4$/],
    ["an end of a group never begun", "32010c", /^end of a group that was not begun at byte/],
    ["a group without end", "32015b", /^group without end at byte/],
    ["a group that ends as another", "32025b64", /^end of a group that was not begun at byte/],
    ["a field number beyond 2^29 - 1", "f8ffffff1f00", /^field number beyond 2\^29 - 1 at byte/],
    ["a query that is no message", "2a0108", /^truncated varint at byte/],
    ["groups nested 65 deep", "5b".repeat(65) + "5c".repeat(65), /^groups nested more than 64 deep at byte/],
  ] as const) {
    test(`${what} is malformed, and the place is told`, () => {
      const bytes = Buffer.from(hex, "hex");
      const decoder = new Decoder({ strings: 16, sets: 16 });
      for (let again = 0; again < 2; again++) {
        assert.equal(decoder.decode(bytes, 0, bytes.length, NOW, []), MALFORMED);
        assert.match(decoder.problem.replace("is not Riemann protobuf: ", ""), problem);
      }
    });
  }

  test("groups nested 64 deep are passed over", () => {
    assert.deepStrictEqual(decodedBytes(Buffer.from("5b".repeat(64) + "5c".repeat(64), "hex")), []);
  });

  test("what is no UTF-8 becomes the replacement character", () => {
    assert.equal(decodedBytes(asMsg(Buffer.from("1a0341ff42", "hex")))[0]?.service, "A\ufffdB");
  });

  test("two events with every kind of field survive a round trip exactly", () => {
    const sent = decoded(WHOLE, {
      ...WHOLE,
      metric_sint64: "9007199254740991",
      metric_f: 1,
      service: "",
      time_micros: "1700000000123456",
    });
    assert.deepStrictEqual(decoded(...sent.map(toWire)), sent);
    const doubles = decoded(
      { metric_d: 0.1, time: 1 },
      { metric_f: 0.1, time: 1 },
      { metric_d: Number.MAX_VALUE, time: 1 },
    );
    assert.deepStrictEqual(decoded(...doubles.map(toWire)), doubles);
  });
});

const TEXTS = {
  host: "web-1",
  service: "disk /var",
  state: "ok",
  description: "température élevée",
  ttl: 60,
  tags: ["a", "b"],
  attributes: Object.assign(Object.create(null), { region: "eu", empty: "" }),
};

const WHOLE: WireEvent = {
  ...TEXTS,
  attributes: [{ key: "region", value: "eu" }, { key: "empty" }],
  time_micros: 1_500_000,
  metric_sint64: -7,
};

function decoded(...events: WireEvent[]): Event[] {
  return decodedBytes(encodeMsg({ events } satisfies WireMsg));
}

function decodedBytes(bytes: Buffer): Event[] {
  const events: Event[] = [];
  const decoder = new Decoder({ strings: 16, sets: 16 });
  const outcome = decoder.decode(bytes, 0, bytes.length, NOW, events);
  assert.equal(outcome, OK, decoder.problem);
  return events;
}

function metric(wire: WireEvent): [number | null | undefined, boolean | undefined] {
  const [event] = decoded(wire);
  return [event?.metric, event?.metricIsFloat];
}

function accepted(bytes: Buffer): Event[] | null {
  try {
    return oracle(bytes).events;
  } catch {
    return null;
  }
}

/** The bytes of one event, without the tag and length that a Msg has in front of it. */
function eventBody(wire: WireEvent): Buffer {
  const bytes = encodeMsg({ events: [wire] });
  return bytes.subarray(2);
}

function asMsg(event: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x32, event.length]), event]);
}
