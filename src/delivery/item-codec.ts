import { deserialize, serialize } from "node:v8";
import { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { Decoder, OK } from "../wire/decode.ts";
import { EventEncoder } from "../wire/encode.ts";
import { Letter } from "./rendered.ts";

/*
 * An item of a target on disk:
 *
 *   | EVENT or LIST | Riemann's Msg |
 *   | RENDERED | plain data, as V8 writes it |
 *   | LETTER | length of the next, 32 bits, little-endian | its original, as EVENT or LIST | plain data |
 */
const EVENT = 0;
const LIST = 1;
const RENDERED = 2;
const LETTER = 3;
const LETTER_HEADER_BYTES = 5;
const NOTHING = Buffer.alloc(0);
/** Few strings are looked up: what is spilled is read once, and mostly never. */
const TABLES = { strings: 1024, sets: 256 };

/**
 * Items as bytes, and back: events keep whole microseconds of their time, and a ttl as a float. One that cannot be written
 * (user code put something strange into an event) has no bytes, and is an empty list then.
 */
export class ItemCodec {
  #encoder: EventEncoder | null = null;
  #decoder: Decoder | null = null;

  /** What tells formats apart, in the names of directories. */
  readonly name = "items-1";

  encode(item: unknown): Buffer {
    try {
      if (item instanceof Letter) return this.#letter(item);
      return isValue(item) ? this.#value(item) : Buffer.concat([Buffer.of(RENDERED), serialize(item)]);
    } catch {
      return NOTHING;
    }
  }

  /** @returns undefined when the bytes are no item. */
  decode(bytes: Buffer): unknown {
    try {
      switch (bytes[0]) {
        case undefined:
          return [];
        case RENDERED:
          return deserialize(bytes.subarray(1));
        case LETTER: {
          const end = LETTER_HEADER_BYTES + bytes.readUInt32LE(1);
          const original = this.#decodeValue(bytes, LETTER_HEADER_BYTES, end);
          return original === undefined ? undefined : new Letter(deserialize(bytes.subarray(end)), original);
        }
        default:
          return this.#decodeValue(bytes, 0, bytes.length);
      }
    } catch {
      return undefined;
    }
  }

  #letter({ rendered, original }: Letter): Buffer {
    const value = this.#value(original);
    const header = Buffer.alloc(LETTER_HEADER_BYTES);
    header[0] = LETTER;
    header.writeUInt32LE(value.length, 1);
    return Buffer.concat([header, value, serialize(rendered)]);
  }

  #value(value: EventOrList): Buffer {
    this.#encoder ??= new EventEncoder();
    const isEvent = value instanceof Event;
    const msg = this.#encoder.msg(isEvent ? [value] : value);
    const bytes = Buffer.allocUnsafe(1 + msg.length);
    bytes[0] = isEvent ? EVENT : LIST;
    msg.copy(bytes, 1);
    return bytes;
  }

  #decodeValue(bytes: Buffer, start: number, end: number): EventOrList | undefined {
    this.#decoder ??= new Decoder(TABLES);
    const events: Event[] = [];
    if (this.#decoder.decode(bytes, start + 1, end, 0, events) !== OK) return undefined;
    return bytes[start] === LIST ? events : events[0];
  }
}

function isValue(item: unknown): item is EventOrList {
  return item instanceof Event || (Array.isArray(item) && item.every((one) => one instanceof Event));
}
