import type protobuf from "protobufjs";
import { msgType } from "../src/wire/protobuf.ts";

/** A message of about the size asked for that is one field over and over, or one long field. */
export interface RepeatedField {
  readonly name: string;
  make(bytes: number): Buffer;
}

/** One field, tag included; `i` makes each a new one. */
type Piece = (i: number) => Buffer;
/** What a field holds. */
type Contents = Readonly<Record<string, Piece>>;

/** So many different pieces are made, then they begin again: more than any table of the decoder holds. */
const DIFFERENT = 65_536;

const VARINTS: Contents = {
  "1 byte": () => Buffer.from([1]),
  "10 bytes": () => Buffer.from([...Array<number>(9).fill(0xff), 1]),
};
const STRINGS: Contents = {
  empty: () => sized(""),
  short: () => sized("k"),
  new: (i) => sized(unlike(i, 5)),
  "new, 60 bytes": (i) => sized(unlike(i, 60)),
  "200 bytes": () => sized(unlike(0, 200)),
  "not UTF-8": () => sized(Buffer.from([0xff])),
};
const ATTRIBUTES: Contents = {
  "one key": () => sized(pair("k", "")),
  "new keys": (i) => sized(pair(unlike(i, 5), "")),
  "numbers as keys": (i) => sized(pair(String(2_000_000 - i), "")),
  "new keys without a value": (i) => sized(bytesField(1, unlike(i, 5))),
  "keys of 20 kB": (i) => sized(pair(unlike(i, 20_000), "")),
  "values of 20 kB": (i) => sized(pair(unlike(i, 5), unlike(i, 20_000))),
};
const EVENTS: Contents = {
  empty: () => sized(""),
  "new services": (i) => sized(bytesField(3, unlike(i, 60))),
  "1,000 tags": () => sized(Buffer.alloc(3_000, bytesField(7, "t"))),
};
const QUERIES: Contents = { empty: () => sized(""), "short strings": () => sized(bytesField(1, "q")) };
const CONTENTS: Readonly<Record<string, Contents>> = {
  string: STRINGS,
  Attribute: ATTRIBUTES,
  Event: EVENTS,
  State: EVENTS,
  Query: QUERIES,
  double: { any: () => Buffer.alloc(8) },
  float: { any: () => Buffer.alloc(4) },
};
const LONG: Contents = {
  "one long ASCII": () => Buffer.from("k"),
  "one long UTF-8": () => Buffer.from("é"),
  "one long, not UTF-8": () => Buffer.from([0xff]),
};
/** Fields that no message knows, and fields in turn, so that none has another of its kind behind it. */
const OTHERS: Contents = {
  "unknown varint": () => Buffer.from([0x60, 1]),
  "unknown tag of 5 bytes": () => Buffer.from([0x88, 0x80, 0x80, 0x80, 0x00, 1]),
  "unknown bytes": () => Buffer.from([0x62, 0]),
  "unknown 64 bits": () => Buffer.from([0x61, 0, 0, 0, 0, 0, 0, 0, 0]),
  group: () => Buffer.from([0x5b, 0x5c]),
  "groups 64 deep": () => Buffer.concat([Buffer.alloc(64, 0x5b), Buffer.alloc(64, 0x5c)]),
  "a group never closed": (i) => Buffer.from(i === 0 ? [0x5b] : [0x60, 1]),
  "tags and services in turn": (i) => Buffer.concat([bytesField(7, unlike(i, 5)), bytesField(3, "")]),
  "attributes and services in turn": (i) => Buffer.concat([bytesField(9, pair(unlike(i, 5), "")), bytesField(3, "")]),
};

/** Every field of proto/riemann.proto with every kind of content, and unknown ones, in each message that may hold it. */
export function repeatedFields(): readonly RepeatedField[] {
  const all: RepeatedField[] = [];
  for (const holder of ["Msg", "Event", "State", "Query", "Attribute"]) {
    const { fieldsArray } = msgType().root.lookupType(holder);
    for (const field of fieldsArray) {
      for (const [kind, content] of Object.entries(CONTENTS[field.type] ?? VARINTS))
        all.push(shape(holder, `${field.name}, ${kind}`, (i) => Buffer.concat([tagOf(field), content(i)])));
      if (field.type !== "string") continue;
      for (const [kind, content] of Object.entries(LONG))
        all.push({
          name: `${holder} ${field.name}, ${kind}`,
          make: (bytes) => held(holder, bytesField(field.id, Buffer.alloc(bytes, content(0)))),
        });
    }
    for (const [kind, piece] of Object.entries(OTHERS)) all.push(shape(holder, kind, piece));
  }
  return all;
}

function shape(holder: string, kind: string, piece: Piece): RepeatedField {
  return { name: `${holder} ${kind}`, make: (bytes) => held(holder, filled(piece, bytes)) };
}

/** The content as the only message of its kind in a Msg. */
function held(holder: string, content: Buffer): Buffer {
  if (holder === "Msg") return content;
  if (holder === "Attribute") return held("Event", bytesField(9, Buffer.concat([content, bytesField(1, "k")])));
  return bytesField({ Event: 6, State: 4, Query: 5 }[holder] ?? 0, content);
}

function filled(piece: Piece, bytes: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (let i = 0; length < bytes && i < DIFFERENT; i++) length += pieces[pieces.push(piece(i)) - 1]?.length ?? 0;
  const block = Buffer.concat(pieces);
  return Buffer.alloc(Math.max(1, Math.floor(bytes / length)) * length, block);
}

function tagOf({ id, type }: protobuf.Field): Buffer {
  const wireType = type === "double" ? 1 : type === "float" ? 5 : type in CONTENTS ? 2 : 0;
  return varint(id * 8 + wireType);
}

function pair(key: string, value: string): Buffer {
  return Buffer.concat([bytesField(1, key), bytesField(2, value)]);
}

function bytesField(id: number, content: string | Buffer): Buffer {
  return Buffer.concat([varint(id * 8 + 2), sized(content)]);
}

function sized(content: string | Buffer): Buffer {
  return Buffer.concat([varint(Buffer.byteLength(content)), Buffer.from(content)]);
}

function unlike(i: number, length: number): string {
  return i.toString(36).padEnd(length, "-");
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
