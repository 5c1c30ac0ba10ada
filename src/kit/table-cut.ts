import type { Cut, Plain, SavePart } from "../core/state.ts";
import { type Entry, link } from "./key-levels.ts";
import { Mark, Stand } from "./stand.ts";
import type { UseRing } from "./use-ring.ts";

/** For each key, besides the parts above it. */
export const FIELDS_PER_KEY = 4;

export interface TableCutOptions<V> {
  readonly cut: Cut | null;
  readonly ring: UseRing<V>;
  /** How many parts of a key stand above its last one. */
  readonly above: number;
  /** The number of this cut among those of the table: keys that come from now on have it as their `cut`. */
  readonly number: number;
  readonly save: SavePart<V> | undefined;
}

/** The keys of a table as they were at one moment, while they are used. */
export class TableCut<V> {
  readonly #options: TableCutOptions<V>;
  #lastStand: Stand<V> | null = null;
  #next: Entry<V> | undefined;
  #left: number;
  readonly #row: Plain[];

  constructor(options: TableCutOptions<V>) {
    this.#options = options;
    this.#next = options.ring.oldest;
    this.#left = options.ring.size;
    this.#row = new Array<Plain>(options.above + FIELDS_PER_KEY);
  }

  /** Nothing need be told of any more. */
  get isOver(): boolean {
    return this.#left === 0 || this.#options.cut?.isOver === true;
  }

  /** Ends it before its time. */
  giveUp(): void {
    if (this.#left > 0) this.#options.cut?.giveUp();
    for (let stand = this.#lastStand; stand !== null; stand = stand.last)
      if (stand.isInRing) this.#options.ring.unlink(stand);
  }

  /** A key or its value is about to change. */
  before(entry: Entry<V>): void {
    const { save, cut } = this.#options;
    const { value, older } = entry;
    if (cut === null || !this.#isFirst(entry)) return;
    const early = save === undefined ? null : cut.early(() => save(value, cut));
    const stand = new Stand(entry, early, this.#lastStand);
    link(older, stand);
    link(stand, entry);
    this.#lastStand = stand;
    if (this.#next === entry) this.#next = stand;
  }

  /** Of each key, the longest unused first, its parts, `until`, bytes and value: in one list, which is another key's next. */
  *rows(): IterableIterator<readonly Plain[]> {
    while (this.#left > 0 && this.#next !== undefined) {
      const entry = this.#next;
      this.#next = entry.newer;
      while (this.#next instanceof Mark) this.#next = this.#next.newer; // which does not stay there
      if (!this.#hasTurn(entry)) continue;
      this.#left -= 1;
      yield this.#fillRow(entry);
    }
  }

  #fillRow(entry: Entry<V>): readonly Plain[] {
    let at = this.#options.above;
    const row = this.#row;
    row[at] = entry instanceof Stand ? entry.of.key : entry.key;
    row[at + 1] = entry.until;
    row[at + 2] = entry.bytes;
    row[at + 3] = this.#saved(entry);
    for (let { level } = entry; level.parent !== null; level = level.parent) row[--at] = level.key;
    return row;
  }

  #hasTurn(entry: Entry<V>): boolean {
    if (this.#options.cut === null) return !(entry instanceof Stand); // they are of another cut
    if (!(entry instanceof Stand)) return this.#isFirst(entry);
    entry.isInRing = false;
    this.#options.ring.unlink(entry);
    return true;
  }

  #isFirst(entry: Entry<V>): boolean {
    const { number } = this.#options;
    if (entry.cut === number) return false;
    entry.cut = number;
    return true;
  }

  #saved(entry: Entry<V>): Plain {
    const { save, cut } = this.#options;
    // Plain, as its options say.
    if (save === undefined) return entry.value as Plain;
    if (entry instanceof Stand && entry.early !== null && cut !== null) return cut.earlier(entry.early);
    return save(entry.value, cut);
  }
}
