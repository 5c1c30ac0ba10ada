import { NO_TAGS } from "../core/event.ts";
import { ByteTable } from "./byte-table.ts";
import { bodyEnd } from "./skip.ts";
import type { StringTable } from "./string-table.ts";
import { varintEnd } from "./varint.ts";

const CELL_WORDS = 24;

/** Lists of tags, one frozen array for equal bytes as long as it stays in a table of fixed size. */
export class TagSets {
  readonly #texts: StringTable;
  readonly #table: ByteTable;
  readonly #sets: (readonly string[])[];

  constructor(slots: number, texts: StringTable) {
    this.#texts = texts;
    this.#table = new ByteTable(slots, CELL_WORDS);
    this.#sets = new Array<readonly string[]>(slots).fill(NO_TAGS);
  }

  /** The tags of a checked run of fields, of which the first. */
  of(bytes: Buffer, view: DataView, at: number, end: number): readonly string[] {
    const length = end - at;
    if (length > this.#table.longest) return this.#read(bytes, view, at, end);
    const found = this.#table.find(view, at, length);
    if (found >= 0) return this.#sets[found] as readonly string[];
    const made = this.#read(bytes, view, at, end);
    this.#sets[~found] = made;
    return made;
  }

  #read(bytes: Buffer, view: DataView, start: number, end: number): readonly string[] {
    const tags: string[] = [];
    for (let at = start; at < end; ) {
      const length = varintEnd(view, at, end);
      const body = varintEnd(view, length, end);
      at = bodyEnd(view, length, body, end);
      tags.push(this.#texts.interned(bytes, view, body, at));
    }
    return Object.freeze(tags);
  }
}
