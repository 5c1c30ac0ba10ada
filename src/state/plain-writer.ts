import { type Attributes, Event, NO_ATTRIBUTES, NO_TAGS } from "../core/event.ts";
import { show } from "../core/stage.ts";
import type { Plain } from "../core/state.ts";
import { FastTsError } from "../errors.ts";
import * as f from "./plain-format.ts";

/** The names of a record so far, in the order in which they stand. */
interface Names {
  readonly all: readonly string[];
  readonly next: Map<string, Names>;
  /** Which record that is; -1: none that was written. */
  id: number;
}

const MIN_CHUNK_BYTES = 4096;
const MAX_CHUNK_BYTES = 256 * 1024;
const MAX_VARINT_BYTES = 5;
/** Of a list that is written later. */
const VALUES_PER_PIECE = 16;

/** Writes plain values one after the other. Texts, tags, attributes and the names of records are written once. */
export class PlainWriter {
  readonly #times: f.CountedTimes | null;
  readonly #texts = new Map<string, number>();
  readonly #tags = new Map<readonly string[], number>();
  readonly #attributes = new Map<Attributes, number>();
  readonly #names: Names = { all: [], next: new Map(), id: -1 };
  /** Those of the last record: most are followed by one of the same kind. */
  #last = this.#names;
  #records = 0;
  /** Lists whose values are to be written. */
  readonly #later: Iterator<readonly Plain[]>[] = [];
  readonly #minLater: number;
  /** Full; there is no copying them into a longer one. */
  #chunks: Buffer[] = [];
  #bytes = Buffer.allocUnsafeSlow(MIN_CHUNK_BYTES);
  /** Of the same bytes. */
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /**
   * @param times - Of the clock, when events may be ahead of it.
   * @param minLater - Values of a list that is written later, when it is one of nothing that can change.
   */
  constructor(times: f.CountedTimes | null = null, minLater = f.MIN_LATER_VALUES) {
    this.#times = times;
    this.#minLater = minLater;
    this.#length = f.MAGIC.copy(this.#bytes);
    this.#byte(f.VERSION);
  }

  /** The bytes since they were last taken, in buffers of their own. */
  take(): Buffer[] {
    this.#nextChunk(0);
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }

  /** Writes some values of the lists that were to be written later; false: there are none. */
  writeLater(): boolean {
    for (let list = this.#later[0]; list !== undefined; list = this.#later[0]) {
      const { done, value } = list.next();
      if (done !== true) {
        this.#values(value);
        return true;
      }
      this.#later.shift();
    }
    return false;
  }

  /** Writes a value before its turn; in its place there will be an `Earlier`. */
  writeEarly(value: Plain): void {
    this.#byte(f.FIRST);
    this.write(value);
  }

  /** @throws FastTsError `FTS_STATE` when it is not plain. */
  write(value: Plain): void {
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        return this.#text(value);
      case "boolean":
        return this.#byte(value ? f.TRUE : f.FALSE);
    }
    if (value === null) this.#byte(f.NULL);
    else if (value instanceof Event) this.#event(value);
    else if (isList(value)) this.#list(value);
    else if (value instanceof f.Later) this.#putOff(value.length, value.values);
    else if (value instanceof f.Earlier) this.#tag(f.EARLIER, value.number);
    else this.#record(value);
  }

  #number(value: number): void {
    if (value >= 0 && value <= f.MAX_COUNTS && Number.isInteger(value) && !Object.is(value, -0)) {
      this.#tag(f.COUNT, value);
      return;
    }
    this.#byte(f.NUMBER);
    this.#ensure(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  #text(value: string): void {
    const known = this.#texts.get(value);
    if (known !== undefined) {
      this.#tag(f.KNOWN, known);
      return;
    }
    if (value.length <= f.MAX_KNOWN_CHARACTERS) this.#texts.set(value, this.#texts.size);
    const encoding = /\p{Surrogate}/u.test(value) ? "utf16le" : "utf8";
    const length = Buffer.byteLength(value, encoding);
    this.#tag(encoding === "utf8" ? f.TEXT : f.UNITS, length);
    this.#ensure(length);
    this.#length += this.#bytes.write(value, this.#length, encoding);
  }

  /** What cannot change need not be written now. */
  #list(value: readonly Plain[]): void {
    if (value.length < this.#minLater || !value.every(isFinal)) return this.#listNow(value);
    this.#putOff(value.length, piecesOf(value.slice()));
  }

  #listNow(value: readonly Plain[]): void {
    this.#tag(f.LIST, value.length);
    this.#values(value);
  }

  /** By index: an iterator a list would be half of what a snapshot allocates. */
  #values(values: readonly Plain[]): void {
    for (let at = 0; at < values.length; at++) this.write(values[at] as Plain);
  }

  #putOff(length: number, values: Iterator<readonly Plain[]>): void {
    this.#tag(f.LATER, length);
    this.#later.push(values);
  }

  #record(value: { readonly [name: string]: Plain }): void {
    if (typeof value !== "object" || !isPlainObject(value))
      throw new FastTsError("FTS_STATE", `state must be plain, got ${show(value)}`);
    if (!hasNames(value, this.#last.all)) this.#last = this.#namesOf(value);
    const { all, id } = this.#last;
    if (id >= 0) {
      this.#tag(f.RECORD, id);
    } else {
      this.#last.id = this.#records++;
      this.#tag(f.SHAPE, all.length);
      for (const name of all) this.#text(name);
    }
    for (let at = 0; at < all.length; at++) this.write(value[all[at] as string] as Plain);
  }

  #namesOf(value: object): Names {
    let names = this.#names;
    for (const name in value) {
      const next = names.next.get(name) ?? { all: [...names.all, name], next: new Map(), id: -1 };
      names.next.set(name, next);
      names = next;
    }
    return names;
  }

  #event(event: Event): void {
    const { host, service, state, description, metric, time, ttl, tags, attributes } = event;
    const counted = this.#times?.countedAs(event) ?? null;
    this.#byte(f.EVENT);
    this.#ensure(2);
    this.#length = this.#bytes.writeUInt16LE(
      (host === null ? 0 : f.HAS_HOST) |
        (service === null ? 0 : f.HAS_SERVICE) |
        (state === null ? 0 : f.HAS_STATE) |
        (description === null ? 0 : f.HAS_DESCRIPTION) |
        (metric === null ? 0 : f.HAS_METRIC) |
        (ttl === null ? 0 : f.HAS_TTL) |
        (tags === NO_TAGS ? 0 : f.HAS_TAGS) |
        (attributes === NO_ATTRIBUTES ? 0 : f.HAS_ATTRIBUTES) |
        (event.metricIsFloat ? f.IS_FLOAT : 0) |
        (counted === null ? 0 : f.HAS_COUNTED),
      this.#length,
    );
    if (host !== null) this.write(host);
    if (service !== null) this.write(service);
    if (state !== null) this.write(state);
    if (description !== null) this.write(description);
    if (metric !== null) this.write(metric);
    this.write(time);
    if (ttl !== null) this.write(ttl);
    if (tags !== NO_TAGS) this.#once(tags, this.#tags);
    if (attributes !== NO_ATTRIBUTES) this.#once(attributes, this.#attributes);
    if (counted !== null) this.write(counted);
  }

  /** Something that many events share: the first time in full, then by its number. */
  #once<Shared extends Plain>(value: Shared, known: Map<Shared, number>): void {
    const id = known.get(value);
    if (id !== undefined) return this.#number(id);
    known.set(value, known.size);
    if (isList(value))
      this.#listNow(value); // it is frozen when it is read
    else this.write(value);
  }

  #tag(tag: number, count: number): void {
    this.#byte(tag);
    this.#varint(count);
  }

  #byte(value: number): void {
    this.#ensure(1);
    this.#bytes[this.#length++] = value;
  }

  #varint(value: number): void {
    this.#ensure(MAX_VARINT_BYTES);
    let left = value;
    for (; left >= 128; left >>>= 7) this.#bytes[this.#length++] = (left & 127) | 128;
    this.#bytes[this.#length++] = left;
  }

  #ensure(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const usual = Math.min(Math.max(this.#bytes.length * 2, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
    this.#nextChunk(Math.max(usual, more));
  }

  #nextChunk(bytes: number): void {
    this.#chunks.push(this.#bytes.subarray(0, this.#length));
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
  }
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function* piecesOf(list: readonly Plain[]): Iterator<readonly Plain[]> {
  for (let at = 0; at < list.length; at += VALUES_PER_PIECE) yield list.slice(at, at + VALUES_PER_PIECE);
}

function hasNames(value: object, names: readonly string[]): boolean {
  let at = 0;
  for (const name in value) if (name !== names[at++]) return false;
  return at === names.length;
}

/** It cannot change. */
function isFinal(value: Plain): boolean {
  return typeof value !== "object" || value === null || value instanceof Event;
}

/** A value in bytes, for `decodePlain`. Throws `FTS_STATE` when it is not plain. */
export function encodePlain(value: Plain, times?: f.CountedTimes): Buffer[] {
  const writer = new PlainWriter(times);
  writer.write(value);
  while (writer.writeLater());
  return writer.take();
}
