import { type Event, weigh } from "../core/event.ts";
import type { Forgetful } from "../core/stage.ts";
import { type Cut, listOf, misfit, numberOf, type Plain, type Savable, valuesOf } from "../core/state.ts";
import { Entry, type Key, Level, type Slot } from "./key-levels.ts";
import type { Eviction, KeyedTableOptions } from "./keyed-table-options.ts";
import type { Select } from "./selector.ts";
import { Placeholder } from "./stand.ts";
import { SWEEP_STEP, SWEEPS_PER_TTL, Sweeps } from "./sweeps.ts";
import { FIELDS_PER_KEY, TableCut } from "./table-cut.ts";
import { UseRing } from "./use-ring.ts";

/** What a key's last event may take more or fewer bytes before that counts. */
const TOLERANCE_BYTES = 128;

/**
 * State per key, bounded in number and in idle time.
 *
 * Nested maps lead from the parts of an event's key to its entry (joining the parts costs four times as much as looking
 * them up), and a ring links all entries in the order of their last use, the oldest after the newest.
 *
 * Agents send the same series in the same order again and again, so the entry used last, and the one after it, are tried
 * before anything is looked up. While that holds nothing moves in the ring: such a run, from `#first` to `#last`, moves
 * behind the newest as a whole when it ends. It allocates nothing and reads no clock.
 */
export class KeyedTable<V> implements Forgetful, Savable {
  /** Seconds between two calls of {@link sweep}; its owner has the clock and makes them. */
  readonly sweepEvery: number;
  readonly #options: KeyedTableOptions<V>;
  readonly #above: readonly Select[];
  readonly #names: readonly (string | null)[];
  readonly #key: Select;
  readonly #keepsLast: boolean;
  readonly #root: Level<V> = new Level(null, null);
  readonly #ring = new UseRing<V>();
  /** What was used last: the newest, or else the end of the run. */
  #last: Entry<V> | null = null;
  #first: Entry<V> | null = null;
  #created = 0;
  readonly #sweeps: Sweeps;
  /** While one is under way there are no runs: what is used moves at once, and leaves a stand. */
  #cut: TableCut<V> | null = null;
  #cuts = 0;

  constructor(options: KeyedTableOptions<V>) {
    this.#sweeps = new Sweeps(options.ttl);
    this.sweepEvery = this.#sweeps.every;
    this.#options = options;
    this.#above = options.above ?? [];
    this.#names = options.names ?? [...this.#above, null].map(() => null);
    this.#key = options.key;
    this.#keepsLast = options.keepsLast === true;
  }

  get size(): number {
    return this.#ring.size;
  }

  /** The slot of the event's key, created when there is none; it becomes the newest. Its value may be changed now. */
  at(event: Event): Slot<V> {
    const key = this.#key(event);
    const last = this.#last;
    const next = last?.newer;
    let entry: Entry<V>;
    if (last !== null && last.key === key && this.#cut === null && this.#isIn(last.level, event)) entry = last;
    else if (next !== undefined && next.key === key && this.#isIn(next.level, event)) {
      entry = next;
      if (this.#cut !== null) entry = this.#useInCut(next.older === last ? next : this.#find(event, key));
      else {
        if (last === this.#ring.newest) this.#ring.turn(next); // it is the oldest
        this.#last = next;
      }
    } else {
      entry = this.#find(event, key);
      if (this.#cut !== null) this.#useInCut(entry);
      else if (entry !== last) {
        this.#endRun();
        this.#first = entry;
        this.#last = entry;
      }
    }
    entry.until = this.#sweeps.untilFor(event.ttl);
    if (this.#keepsLast) this.#weighLast(entry, event);
    return entry;
  }

  /** Here the last used is where what was used last stood, so that what came after it is tried next. */
  #useInCut(entry: Entry<V>): Entry<V> {
    this.#before(entry);
    const { older } = entry;
    this.#last = entry === this.#ring.newest || this.#cut === null ? entry : older;
    this.#ring.moveUp(entry, entry);
    return entry;
  }

  /** Something of a key is about to change. */
  #before(entry: Entry<V>): void {
    if (this.#cut?.isOver) this.#endCut();
    else this.#cut?.before(entry);
  }

  #endCut(): void {
    this.#cut?.giveUp();
    [this.#cut, this.#last] = [null, null];
  }

  #weighLast(slot: Slot<V>, event: Event): void {
    const more = weigh(event) - slot.bytes;
    if (more > TOLERANCE_BYTES || more < -TOLERANCE_BYTES) this.grow(slot, more);
  }

  /** What is held for a key takes more bytes, or fewer. */
  grow(slot: Slot<V>, bytes: number): void {
    if (this.#cut !== null && slot instanceof Entry) this.#before(slot);
    slot.bytes += bytes;
    this.#options.onHeld?.(bytes, 0);
  }

  /** Forgets the key that was used longest ago, as others need its bytes; false when there is none. */
  evict(): boolean {
    this.#endRun();
    const entry = this.#ring.oldest;
    if (entry === undefined) return false;
    this.#evict(entry, "bytes");
    return true;
  }

  /** The value of the event's key, when there is one; that is no use. It may be changed now. */
  get(event: Event): V | undefined {
    const entry = this.#known(event);
    if (entry !== undefined) this.#before(entry);
    return entry?.value;
  }

  /** Forgets the event's key; whether it was there. Nobody is told. */
  delete(event: Event): boolean {
    const entry = this.#known(event);
    if (entry === undefined) return false;
    this.#endRun();
    this.#remove(entry);
    return true;
  }

  /** Forgets a key that {@link at} gave the slot of, and that has not been forgotten since. Nobody is told. */
  remove(slot: Slot<V>): void {
    if (!(slot instanceof Entry)) return;
    this.#endRun();
    this.#remove(slot);
  }

  /** The value that was used longest ago. It may be changed now. */
  get oldest(): V | undefined {
    this.#endRun();
    const entry = this.#ring.oldest;
    if (entry !== undefined) this.#before(entry);
    return entry?.value;
  }

  /** All values of which `isWanted` says yes, the longest unused first. */
  filter(isWanted: (value: V) => boolean): V[] {
    this.#endRun();
    const found: V[] = [];
    for (const { value } of this.#ring) if (isWanted(value)) found.push(value);
    return found;
  }

  /**
   * The values of all keys, in no order, while keys may come and go between two of them: each key that is there all the
   * time comes once, with its value of then; one that is new does not. It copies nothing.
   */
  walk(): IterableIterator<V> {
    return this.#root.walk(this.#created);
  }

  /** The sweeps, the rows of a {@link TableCut}, and the fields of its keys. */
  save(cut: Cut | null): Plain {
    this.#endRun();
    if (cut !== null) this.#endCut();
    if (cut !== null) this.#cuts += 1;
    const above = this.#above.length;
    const saved = new TableCut({ cut, ring: this.#ring, above, number: this.#cuts, save: this.#options.values?.save });
    const rows = saved.rows();
    if (cut === null) return [this.#sweeps.over, valuesOf(rows), this.#names];
    const list = cut.later(this.#ring.size * (above + FIELDS_PER_KEY), rows);
    if (!saved.isOver) {
      this.#cut = saved;
      [this.#first, this.#last] = [null, null];
    }
    return [this.#sweeps.over, list, this.#names];
  }

  restore(saved: Plain): void {
    const [sweeps, keys] = listOf(saved);
    const all = listOf(keys);
    const parts = this.#above.length;
    this.#sweeps.count = numberOf(sweeps);
    for (let at = 0; at < all.length; at += parts + FIELDS_PER_KEY) {
      let level = this.#root;
      for (let part = 0; part < parts; part++) level = level.child(keyOf(all[at + part]));
      const value = all[at + parts + 3] ?? null;
      const entry = this.#add(level, keyOf(all[at + parts]), this.#options.values?.restore(value) ?? (value as V));
      entry.until = numberOf(all[at + parts + 1]);
      this.grow(entry, numberOf(all[at + parts + 2]));
    }
  }

  /** Whether the event's key, but for its last part, is that of this level. */
  #isIn(level: Level<V>, event: Event): boolean {
    let above: Level<V> | null = level;
    for (let part = this.#above.length - 1; part >= 0 && above !== null; part--) {
      if (above.key !== this.#above[part]?.(event)) return false;
      above = above.parent;
    }
    return true;
  }

  #find(event: Event, key: Key): Entry<V> {
    let level = this.#root;
    for (const select of this.#above) level = level.child(select(event));
    return level.entries.get(key) ?? this.#add(level, key, this.#options.create());
  }

  #known(event: Event): Entry<V> | undefined {
    let level: Level<V> | undefined = this.#root;
    for (const select of this.#above) level = level?.known(select(event));
    return level?.entries.get(this.#key(event));
  }

  /** Moves the run behind the newest. */
  #endRun(): void {
    if (this.#first !== null && this.#last !== null) this.#ring.moveUp(this.#first, this.#last);
  }

  /** Evicts what has been idle too long. To be called every {@link sweepEvery} seconds; keys may come and go between its steps. */
  sweep(): Iterable<undefined> {
    this.#endRun();
    if (this.#sweeps.isPassed(this.#ring.oldest)) return [];
    return this.#sweeps.sweep(this.#steps(SWEEP_STEP), (entry) => this.#lookAt(entry));
  }

  /** As {@link filter} of all, but some values in a step; keys that are used in between may come again. */
  *steps(count: number): Generator<readonly V[]> {
    for (const some of this.#steps(count)) yield some.map(({ value }) => value);
  }

  *#steps(count: number): Generator<readonly Entry<V>[]> {
    this.#endRun();
    [this.#first, this.#last] = [null, null]; // no run goes on over the mark
    for (const some of this.#ring.steps(count)) {
      yield some;
      this.#endRun();
      [this.#first, this.#last] = [null, null];
    }
  }

  /** Evicts a key that was idle for too long, unless it is kept: then it looks again after the same time. */
  #lookAt(entry: Entry<V>): void {
    this.#before(entry);
    if (this.#options.isKept?.(entry.value)) entry.until = -(this.#sweeps.count + SWEEPS_PER_TTL);
    else this.#evict(entry, "idle");
  }

  #add(level: Level<V>, key: Key, value: V): Entry<V> {
    const entry = new Entry(level, key, value, this.#created++);
    entry.cut = this.#cuts;
    level.entries.set(key, entry);
    this.#endRun();
    this.#ring.add(entry);
    if (this.#cut === null) this.#last = entry;
    this.#options.onSlot?.(entry);
    this.#options.onHeld?.(this.#bytesOf(entry), 1);
    // Only now, for an eviction prunes levels that are empty, and this one was.
    const { oldest } = this.#ring;
    if (this.#ring.size > this.#options.max && oldest !== undefined) this.#evict(oldest, "full");
    return entry;
  }

  #evict(entry: Entry<V>, why: Eviction): void {
    this.#remove(entry);
    this.#options.onEvict?.(entry.value, why);
  }

  #remove(entry: Entry<V>): void {
    this.#before(entry);
    this.#ring.remove(entry);
    this.#last = this.#cut === null && !(this.#ring.newest instanceof Placeholder) ? this.#ring.newest : null;
    entry.level.remove(entry.key);
    this.#options.onHeld?.(-this.#bytesOf(entry) - entry.bytes, -1);
  }

  /** Without what it holds. */
  #bytesOf(entry: Entry<V>): number {
    return (this.#options.bytesPerKey ?? 0) + entry.keyBytes;
  }
}

function keyOf(saved: Plain | undefined): Key {
  if (typeof saved === "object" && saved !== null) throw misfit("a key");
  return saved ?? null;
}
