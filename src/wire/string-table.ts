import { ByteTable } from "./byte-table.ts";

/** What Node's Buffer has and its types leave out: slices without argument juggling. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

const CELL_WORDS = 16;

/** Strings of the wire, each made once as long as it stays in a table of fixed size. */
export class StringTable {
  readonly #table: ByteTable;
  readonly #strings: string[];

  constructor(slots: number) {
    this.#table = new ByteTable(slots, CELL_WORDS);
    this.#strings = new Array<string>(slots).fill("");
  }

  /** The string in [start, end): the one made before when it is remembered. */
  interned(bytes: Buffer, view: DataView, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > this.#table.longest) return text(bytes, view, start, end);
    return this.#at(this.#table.find(view, start, length), bytes, view, start, end);
  }

  /** The same for the next value of a field, which tells the sequence: see {@link ByteTable.findNext}. */
  next(bytes: Buffer, view: DataView, start: number, end: number, field: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > this.#table.longest) return text(bytes, view, start, end);
    return this.#at(this.#table.findNext(view, start, length, field), bytes, view, start, end);
  }

  #at(found: number, bytes: Buffer, view: DataView, start: number, end: number): string {
    if (found >= 0) return this.#strings[found] as string;
    const made = text(bytes, view, start, end);
    this.#strings[~found] = made;
    return made;
  }
}

/** A copy of [start, end) as a string; invalid UTF-8 becomes U+FFFD. */
export function text(bytes: Buffer, view: DataView, start: number, end: number): string {
  const slices = bytes as Buffer & Slices;
  return isAscii(view, start, end) ? slices.latin1Slice(start, end) : slices.utf8Slice(start, end);
}

function isAscii(view: DataView, start: number, end: number): boolean {
  let at = start;
  for (; at <= end - 4; at += 4) if ((view.getInt32(at, true) & 0x80808080) !== 0) return false;
  for (; at < end; at++) if (view.getUint8(at) > 127) return false;
  return true;
}
