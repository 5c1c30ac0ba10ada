import { type Attributes, type Event, NO_ATTRIBUTES, NO_TAGS, newEvent } from "../core/event.ts";
import type { Plain } from "../core/state.ts";
import { FastTsError } from "../errors.ts";
import * as f from "./plain-format.ts";

/** Of the fifth byte, the last. */
const LAST_UNIT = 128 ** 4;

/** Reads what a `PlainWriter` wrote. */
export class PlainReader {
  readonly #bytes: Buffer;
  /** Of the same bytes. */
  readonly #view: DataView;
  readonly #times: f.CountedTimes | null;
  readonly #texts: string[] = [];
  readonly #tags: (readonly string[])[] = [];
  readonly #attributes: Attributes[] = [];
  readonly #records: (readonly string[])[] = [];
  /** Lists whose values follow. */
  readonly #later: Plain[][] = [];
  /** Values that stood before their turn. */
  readonly #earlier: Plain[] = [];
  #at = f.HEADER_BYTES;

  /**
   * @param times - Of the clock, when events may be ahead of it.
   * @throws FastTsError `FTS_STATE` when it is nothing of the kind, or of another version.
   */
  constructor(bytes: Buffer, times: f.CountedTimes | null = null) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#times = times;
    const version = versionOf(bytes);
    if (version === null) throw new FastTsError("FTS_STATE", "saved state: it is something else");
    if (version > f.VERSION)
      throw new FastTsError(
        "FTS_STATE",
        `saved state: it is of version ${version}, this FastTS reads version ${f.VERSION}`,
      );
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /**
   * A value, with its lists that were written later.
   *
   * @throws FastTsError `FTS_STATE` when it is damaged.
   */
  read(): Plain {
    const value = this.#value();
    this.#readEarlier();
    for (const list of this.#later) {
      for (let at = 0; at < list.length; at++) {
        list[at] = this.#value();
        this.#readEarlier();
      }
    }
    this.#later.length = 0;
    return value;
  }

  #readEarlier(): void {
    while (this.#bytes[this.#at] === f.FIRST) {
      this.#at++;
      this.#earlier.push(this.#value());
    }
  }

  #value(): Plain {
    const tag = this.#bytes[this.#at++];
    switch (tag) {
      case f.NULL:
        return null;
      case f.TRUE:
        return true;
      case f.FALSE:
        return false;
      case f.COUNT:
        return this.#varint();
      case f.NUMBER:
        return this.#view.getFloat64(this.#skip(8), true);
      case f.TEXT:
        return this.#text("utf8");
      case f.UNITS:
        return this.#text("utf16le");
      case f.KNOWN:
        return this.#texts[this.#varint()] ?? this.#damaged();
      case f.LIST:
        return this.#list();
      case f.SHAPE:
        return this.#record(this.#newNames());
      case f.RECORD:
        return this.#record(this.#records[this.#varint()] ?? this.#damaged());
      case f.LATER:
        return this.#putOff();
      case f.EARLIER:
        return this.#earlierOf(this.#varint());
      case f.EVENT:
        return this.#event();
      default:
        return this.#damaged();
    }
  }

  #text(encoding: "utf8" | "utf16le"): string {
    const length = this.#varint();
    const from = this.#skip(length);
    const text = this.#bytes.toString(encoding, from, from + length);
    if (text.length <= f.MAX_KNOWN_CHARACTERS) this.#texts.push(text);
    return text;
  }

  #list(): readonly Plain[] {
    const length = this.#length();
    const list = new Array<Plain>(length);
    for (let at = 0; at < length; at++) list[at] = this.#value();
    return list;
  }

  #putOff(): readonly Plain[] {
    const list = new Array<Plain>(this.#length());
    this.#later.push(list);
    return list;
  }

  #earlierOf(number: number): Plain {
    const value = this.#earlier[number];
    return value === undefined ? this.#damaged() : value;
  }

  #newNames(): readonly string[] {
    const names = Array.from({ length: this.#length() }, () => String(this.#value()));
    this.#records.push(names);
    return names;
  }

  #record(names: readonly string[]): Plain {
    const record: Record<string, Plain> = {};
    for (const name of names) {
      const value = this.#value();
      if (name === "__proto__") Object.defineProperty(record, name, { value, enumerable: true, writable: true });
      else record[name] = value;
    }
    return record;
  }

  // Of whatever types they were: route code may have put anything there.
  #event(): Event {
    const has = this.#view.getUint16(this.#skip(2), true);
    const host = this.#field<string>(has & f.HAS_HOST);
    const service = this.#field<string>(has & f.HAS_SERVICE);
    const state = this.#field<string>(has & f.HAS_STATE);
    const description = this.#field<string>(has & f.HAS_DESCRIPTION);
    const metric = this.#field<number>(has & f.HAS_METRIC);
    const time = this.#value() as number;
    const ttl = this.#field<number>(has & f.HAS_TTL);
    const tags = has & f.HAS_TAGS ? this.#once(this.#tags, asTags) : NO_TAGS;
    const attributes = has & f.HAS_ATTRIBUTES ? this.#once(this.#attributes, withoutPrototype) : NO_ATTRIBUTES;
    const isFloat = (has & f.IS_FLOAT) > 0;
    const event = newEvent(host, service, state, description, metric, time, ttl, tags, attributes, isFloat);
    const counted = this.#field<number>(has & f.HAS_COUNTED);
    if (counted !== null) this.#times?.countAs(event, Number(counted));
    return event;
  }

  #field<Value extends Plain>(has: number): Value | null {
    return has === 0 ? null : (this.#value() as Value);
  }

  #once<Shared>(known: Shared[], make: (value: Plain) => Shared): Shared {
    const value = this.#value();
    if (typeof value === "number") return known[value] ?? this.#damaged();
    const shared = Object.freeze(make(value));
    known.push(shared);
    return shared;
  }

  /** How many values follow; each takes a byte at least. */
  #length(): number {
    const length = this.#varint();
    return length <= this.#bytes.length - this.#at ? length : this.#damaged();
  }

  #varint(): number {
    let value = 0;
    for (let unit = 1; unit <= LAST_UNIT; unit *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      if (byte < 128) return value + byte * unit;
      value += (byte - 128) * unit;
    }
    return this.#damaged();
  }

  /** Where that many bytes begin, which are read. */
  #skip(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    return this.#at <= this.#bytes.length ? from : this.#damaged();
  }

  #damaged(): never {
    throw new FastTsError("FTS_STATE", `saved state: it is damaged at byte ${this.#at}`);
  }
}

function asTags(value: Plain): readonly string[] {
  return value as readonly string[];
}

function withoutPrototype(value: Plain): Attributes {
  return { __proto__: null as never, ...(value as Attributes) };
}

/** The version of the format in which something was saved; `null`: it is nothing of the kind. */
function versionOf(bytes: Buffer): number | null {
  return bytes.subarray(0, f.MAGIC.length).equals(f.MAGIC) ? (bytes[f.MAGIC.length] ?? null) : null;
}

/** The value that `encodePlain` wrote. Throws `FTS_STATE` when that cannot be read. */
export function decodePlain(bytes: Buffer, times?: f.CountedTimes): Plain {
  const reader = new PlainReader(bytes, times);
  const value = reader.read();
  if (!reader.isAtEnd) throw new FastTsError("FTS_STATE", "saved state: it is damaged, more follows its end");
  return value;
}
