import protobuf from "protobufjs";
import { type Event, type EventFields, event, newEvent } from "../../src/core/event.ts";
import { decodeMsg, type WireEvent, type WireState } from "../../src/wire/codec.ts";
import fc from "../fast-check.ts";

/** Seconds that events without a time get in these tests. */
export const NOW = 1234.5;

/** What protobufjs makes of the bytes, as FastTS means it: the oracle. Throws when the bytes are no Msg. */
export function oracle(bytes: Buffer): { readonly events: Event[]; readonly query: boolean } {
  const msg = decodeMsg(bytes);
  const events = (msg.events ?? []).values();
  const states = (msg.states ?? []).values();
  const inOrder: Event[] = [];
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x32) inOrder.push(meant(events.next().value ?? {}));
    if (tag === 0x22) inOrder.push(meant(states.next().value ?? {}));
    reader.skipType(tag & 7, 0, tag >>> 3);
  }
  return { events: inOrder, query: msg.query !== undefined };
}

function meant(wire: WireEvent & WireState): Event {
  const { metric_sint64: integer, metric_d: double, metric_f: float, time_micros: micros, time } = wire;
  const attributes: Record<string, string> = Object.create(null);
  for (const { key, value } of wire.attributes ?? []) attributes[key] = value ?? "";
  const fields: EventFields & { time: number } = {
    host: wire.host ?? null,
    service: wire.service ?? null,
    state: wire.state ?? null,
    description: wire.description ?? null,
    metric: integer !== undefined ? Number(integer) : (double ?? float ?? null),
    time: micros !== undefined ? Number(micros) / 1e6 : time !== undefined ? Number(time) : NOW,
    ttl: wire.ttl ?? null,
    tags: wire.tags ?? [],
    attributes,
  };
  const { host, service, state, description, metric, time: at, ttl, tags } = event(fields);
  const isFloat = integer === undefined && double === undefined && float !== undefined;
  return newEvent(host, service, state, description, metric, at, ttl, tags, attributes, isFloat);
}

/** The first and the last character of one, two, three and four bytes, and common ones. */
export const character = fc.constantFrom(
  "\0",
  "a",
  "\x7f",
  "\x80",
  "é",
  "\u07ff",
  "\u0800",
  "日",
  "\uffff",
  "🎉",
  "\u{10ffff}",
);

/** One field, encoded by protobufjs's writer. */
type Field = (write: protobuf.Writer) => unknown;

const string: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("", "ok", "web-1", "disk /var", "région", "__proto__", "日本語 🎉").map(Buffer.from),
  },
  {
    weight: 3,
    arbitrary: fc.string({ unit: character, maxLength: 70, size: "max" }).map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 100, maxLength: 300, size: "max" }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 24, size: "max" }).map((bytes) => Buffer.from(bytes)) },
);
const edges = [0n, 1n, -1n, 127n, 128n, 2n ** 28n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const integer = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt(-300n, 300n),
);
const seconds = fc.oneof(integer, fc.bigInt(1_600_000_000n, 1_900_000_000n));
const micros = fc.oneof(integer, fc.bigInt(1_600_000_000_000_000n, 1_900_000_000_000_000n));
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
);

const bytes = (id: number, of: fc.Arbitrary<Buffer | Uint8Array>): fc.Arbitrary<Field> =>
  of.map((content) => (write) => write.uint32((id << 3) | 2).bytes(content));
const int64 = (id: number, of: fc.Arbitrary<bigint>): fc.Arbitrary<Field> =>
  of.map((value) => (write) => write.uint32(id << 3).int64(value.toString()));
const sint64 = (id: number, of: fc.Arbitrary<bigint>): fc.Arbitrary<Field> =>
  of.map((value) => (write) => write.uint32(id << 3).sint64(value.toString()));
const fixed64 = (id: number): fc.Arbitrary<Field> =>
  double.map((value) => (write) => write.uint32((id << 3) | 1).double(value));
const fixed32 = (id: number): fc.Arbitrary<Field> =>
  double.map((value) => (write) => write.uint32((id << 3) | 5).float(value));

/** Fields that no message here knows: numbers of one, two and five bytes, groups too. */
const unknown: fc.Arbitrary<Field> = fc
  .constantFrom(11, 12, 16, 300, 2 ** 29 - 1)
  .chain((id) =>
    fc.oneof(
      int64(id, integer),
      bytes(id, string),
      fixed64(id),
      fixed32(id),
      group(id, fc.oneof(bytes(1, string), int64(2, integer))),
    ),
  );

/** Fields with a number that the messages know, and the wire type of another one. */
const misfit: fc.Arbitrary<Field> = fc.oneof(
  fc
    .constantFrom(2, 3, 4, 5, 7, 9)
    .chain((id) => fc.oneof(int64(id, integer), fixed64(id), fixed32(id), group(id, fixed32(1)))),
  fc.constantFrom(8, 14, 15).chain((id) => fc.oneof(int64(id, integer), bytes(id, string), group(id, fixed64(6)))),
  fc.constantFrom(1, 10, 13).chain((id) => fc.oneof(fixed64(id), fixed32(id), bytes(id === 1 ? 10 : id, string))),
);

function group(id: number, of: fc.Arbitrary<Field>): fc.Arbitrary<Field> {
  return fc.array(of, { maxLength: 3 }).map((fields) => (write) => {
    write.uint32(((id << 3) | 3) >>> 0);
    for (const field of fields) field(write);
    write.uint32(((id << 3) | 4) >>> 0);
  });
}

function message(fields: fc.Arbitrary<Field>, maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.array(fields, { maxLength }).map((all) => {
    const write = protobuf.Writer.create();
    for (const field of all) field(write);
    return write.finish();
  });
}

const attribute = fc
  .tuple(
    message(fc.oneof(bytes(2, string), unknown), 2),
    string,
    message(fc.oneof(bytes(1, string), bytes(2, string)), 2),
  )
  .map(([before, key, after]) => {
    const write = protobuf.Writer.create().uint32(0x0a).bytes(key);
    return Buffer.concat([before, write.finish(), after]);
  });
const tag = bytes(7, string);
const other = fc.oneof(unknown, misfit);
const described = [
  int64(1, seconds),
  bytes(2, string),
  bytes(3, string),
  bytes(4, string),
  bytes(5, string),
  tag,
  fixed32(8),
];
const measured = [int64(10, micros), sint64(13, integer), fixed64(14), fixed32(15)];
const pair = bytes(9, attribute);
const state = message(fc.oneof(...described, pair, ...measured, other), 6);
const anEvent = message(fc.oneof(...described, ...measured, other, tag, tag, pair, pair, pair), 14);

/** A valid Msg: any fields, in any order, any number of times. */
export const msg: fc.Arbitrary<Buffer> = message(
  fc.oneof(
    { weight: 8, arbitrary: bytes(6, anEvent) },
    { weight: 1, arbitrary: bytes(4, state) },
    { weight: 1, arbitrary: bytes(5, message(fc.oneof(bytes(1, string), unknown), 2)) },
    { weight: 1, arbitrary: fc.oneof(int64(2, integer), bytes(3, string), unknown) },
  ),
  6,
).map((written) => Buffer.from(written));

/** A valid Msg with a few bytes changed, put in, taken out or cut off. */
export const mutated: fc.Arbitrary<Buffer> = fc
  .tuple(msg, fc.array(fc.tuple(fc.nat(3), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
  .map(([original, changes]) => {
    const all = [...original];
    for (const [kind, where, byte] of changes) {
      const at = all.length === 0 ? 0 : where % all.length;
      if (kind === 0) all[at] = byte;
      else if (kind === 1) all.splice(at, 0, byte);
      else if (kind === 2) all.splice(at, 1);
      else if (byte < 32) all.length = at;
    }
    return Buffer.from(all);
  });
