import { type Attributes, NO_ATTRIBUTES } from "../core/event.ts";
import { plainKeyEnd } from "./attribute.ts";
import { ByteTable } from "./byte-table.ts";
import { malformed } from "./decode-problem.ts";
import { bodyEnd, passed, passField } from "./skip.ts";
import type { StringTable } from "./string-table.ts";
import { varintEnd } from "./varint.ts";

const CELL_WORDS = 32;
const KEY = 0x0a; // 1, bytes
const VALUE = 0x12; // 2, bytes

/** Sets of attributes, one frozen object for equal bytes as long as it stays in a table of fixed size. */
export class AttributeSets {
  readonly #texts: StringTable;
  readonly #table: ByteTable;
  readonly #sets: (Attributes | null)[];

  constructor(slots: number, texts: StringTable) {
    this.#texts = texts;
    this.#table = new ByteTable(slots, CELL_WORDS);
    this.#sets = new Array<Attributes | null>(slots).fill(NO_ATTRIBUTES);
  }

  /** The attributes of a run of fields, of which the first begins at `at`; `null` when malformed. */
  of(bytes: Buffer, view: DataView, at: number, end: number): Attributes | null {
    const length = end - at;
    if (length > this.#table.longest) return this.#read(bytes, view, at, end);
    const found = this.#table.find(view, at, length);
    const known = found >= 0 ? this.#sets[found] : null;
    // A malformed run is remembered as null and read again, so that the problem is reported with its place.
    if (known) return known;
    const made = this.#read(bytes, view, at, end);
    this.#sets[found >= 0 ? found : ~found] = made;
    return made;
  }

  #read(bytes: Buffer, view: DataView, start: number, end: number): Attributes | null {
    // No prototype: a key such as "__proto__" or "constructor" is a key like any other.
    const set: Record<string, string> = Object.create(null);
    for (let at = start; at < end; ) {
      const length = varintEnd(view, at, end);
      const body = varintEnd(view, length, end);
      at = bodyEnd(view, length, body, end);
      if (!this.#readOne(bytes, view, body, at, set)) return null;
    }
    return Object.freeze(set);
  }

  #readOne(bytes: Buffer, view: DataView, start: number, end: number, set: Record<string, string>): boolean {
    const keyEnd = plainKeyEnd(view, start, end);
    if (keyEnd > 0) {
      const key = this.#texts.interned(bytes, view, start + 2, keyEnd);
      set[key] = this.#texts.interned(bytes, view, keyEnd + 2, end);
      return true;
    }
    let key: string | null = null;
    let value = "";
    for (let at = start; at < end; ) {
      at = passField(view, at, end);
      if (at < 0) return false;
      const { tag, at: from } = passed;
      if (tag !== KEY && tag !== VALUE) continue;
      const string = this.#texts.interned(bytes, view, from, at);
      if (tag === KEY) key = string;
      else value = string;
    }
    if (key === null) {
      malformed("attribute without a key", start);
      return false;
    }
    set[key] = value;
    return true;
  }
}
