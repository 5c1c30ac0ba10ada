import { textBytes } from "../core/event-weight.ts";
import type { Select } from "./selector.ts";

/** A part of an event's key. */
export type Key = ReturnType<Select>;

/** What the table holds for a key; `value` may be replaced. */
export interface Slot<V> {
  value: V;
  /** Of what it holds besides the key. */
  bytes: number;
}

/** A key of a table: a slot of its level, and its neighbours in the ring of all keys. */
export class Entry<V> implements Slot<V> {
  value: V;
  bytes = 0;
  readonly level: Level<V>;
  readonly key: Key;
  /** How many came before it. */
  readonly number: number;
  older: Entry<V> = this;
  newer: Entry<V> = this;
  /** The last cut of its table in which it is done with: saved, replaced by a stand, or new. */
  cut = 0;
  /** The last sweep that it may be idle at; negative when that is later than for others used at the same time. */
  until = 0;

  constructor(level: Level<V>, key: Key, value: V, number: number) {
    this.level = level;
    this.key = key;
    this.value = value;
    this.number = number;
  }

  /** What the texts of its key take. */
  get keyBytes(): number {
    let bytes = textBytes(this.key);
    for (let level: Level<V> | null = this.level; level !== null; level = level.parent) bytes += textBytes(level.key);
    return bytes;
  }

  /** It has not been forgotten. */
  get isKnown(): boolean {
    return this.level.entries.get(this.key) === this;
  }
}

/** Joins two neighbours. */
export function link<V>(older: Entry<V>, newer: Entry<V>): void {
  older.newer = newer;
  newer.older = older;
}

/** The keys below one prefix: slots on the last level, levels above it. A map is made when needed: 200 bytes empty. */
export class Level<V> {
  readonly parent: Level<V> | null;
  readonly key: Key;
  #entries: Map<Key, Entry<V>> | null = null;
  #children: Map<Key, Level<V>> | null = null;

  constructor(parent: Level<V> | null, key: Key) {
    this.parent = parent;
    this.key = key;
  }

  get entries(): Map<Key, Entry<V>> {
    this.#entries ??= new Map();
    return this.#entries;
  }

  child(key: Key): Level<V> {
    this.#children ??= new Map();
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const child = new Level(this, key);
    this.#children.set(key, child);
    return child;
  }

  known(key: Key): Level<V> | undefined {
    return this.#children?.get(key);
  }

  /** The values of the first `created` keys. A map goes on with those that are left when its keys change meanwhile. */
  *walk(created: number): IterableIterator<V> {
    if (this.#entries !== null)
      for (const entry of this.#entries.values()) if (entry.number < created) yield entry.value;
    if (this.#children !== null) for (const child of this.#children.values()) yield* child.walk(created);
  }

  /** Forgets a slot, and with the last one itself. */
  remove(key: Key): void {
    this.#entries?.delete(key);
    if (this.#entries?.size === 0) this.#prune();
  }

  #prune(): void {
    const { parent } = this;
    if (parent === null) return;
    parent.#children?.delete(this.key);
    if (parent.#children?.size === 0) parent.#prune();
  }
}
