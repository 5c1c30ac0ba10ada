import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { MAY_GENERATE_CODE } from "../core/code-generation.ts";

type Message = Readonly<Record<string, unknown>>;

/** Read at once: clients may leave the daemon no file to open later. */
const SOURCE = readFileSync(new URL("../../../proto/riemann.proto", import.meta.url), "utf8");
let loaded: protobuf.Type | null = null;

/** The `Msg` of proto/riemann.proto, parsed at the first call (some 10 ms): the daemon's hot path does without. */
export function msgType(): protobuf.Type {
  loaded ??= protobuf.parse(SOURCE, { keepCase: true }).root.lookupType("Msg");
  return loaded;
}

/** A Msg; fields that are left out are not written. */
export function encodeFields(msg: Message): Uint8Array {
  const type = msgType();
  return MAY_GENERATE_CODE ? type.encode(type.fromObject(msg)).finish() : encodePlainly(type, msg);
}

/**
 * A Msg as a plain object: absent fields are left out, 64-bit integers are strings of decimal digits.
 *
 * @throws Error of protobufjs when the bytes are no Msg.
 */
export function decodeFields(bytes: Uint8Array): Message {
  const type = msgType();
  return MAY_GENERATE_CODE ? type.toObject(type.decode(bytes), { longs: String }) : decodePlainly(type, bytes);
}

/*
 * What protobufjs generates code for, done field by field: for processes that may not generate code. Slower, and held
 * equal to it by a test.
 */

export function encodePlainly(type: protobuf.Type, message: Message): Uint8Array {
  const writer = protobuf.Writer.create();
  write(type, message, writer);
  return writer.finish();
}

export function decodePlainly(type: protobuf.Type, bytes: Uint8Array): Message {
  return read(type, protobuf.Reader.create(bytes), bytes.length, {});
}

function write(type: protobuf.Type, message: Message, writer: protobuf.Writer): void {
  for (const field of type.fieldsArray.toSorted((a, b) => a.id - b.id)) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    for (const one of field.repeated ? (value as readonly unknown[]) : [value]) writeOne(field.resolve(), one, writer);
  }
}

function writeOne(field: protobuf.Field, value: unknown, writer: protobuf.Writer): void {
  writer.uint32((field.id << 3) | wireTypeOf(field));
  if (!(field.resolvedType instanceof protobuf.Type)) writer[field.type as Scalar](value as never);
  else {
    writer.fork();
    write(field.resolvedType, value as Message, writer);
    writer.ldelim();
  }
}

/** Those of proto/riemann.proto. */
type Scalar = "int64" | "sint64" | "double" | "float" | "bool" | "string";

function wireTypeOf({ type, resolvedType }: protobuf.Field): number {
  return resolvedType === null ? (protobuf.types.basic[type as Scalar] ?? 0) : 2;
}

/** Reads up to `end` into `message`, as parts of one message may come one after the other. */
function read(type: protobuf.Type, reader: protobuf.Reader, end: number, message: Record<string, unknown>): Message {
  const { len } = reader;
  if (end > len) throw new RangeError("index out of range");
  reader.len = end;
  while (reader.pos < end) {
    const tag = reader.tag();
    const field = type.fieldsById[tag >>> 3]?.resolve();
    if (field === undefined || (tag & 7) !== wireTypeOf(field)) reader.skipType(tag & 7, 0, tag >>> 3);
    else if (!field.repeated) message[field.name] = readOne(field, reader, message[field.name]);
    else message[field.name] = [...((message[field.name] ?? []) as unknown[]), readOne(field, reader, undefined)];
  }
  if (reader.pos !== end) throw new RangeError("index out of range");
  reader.len = len;
  for (const { name, required } of type.fieldsArray)
    if (required && !(name in message)) throw new protobuf.util.ProtocolError(`missing required '${name}'`);
  return message;
}

function readOne({ type, resolvedType }: protobuf.Field, reader: protobuf.Reader, before: unknown): unknown {
  if (resolvedType instanceof protobuf.Type) {
    const length = reader.uint32();
    return read(resolvedType, reader, reader.pos + length, (before ?? {}) as Record<string, unknown>);
  }
  const value = reader[type as Scalar]();
  return type.endsWith("64") ? String(value) : value;
}
