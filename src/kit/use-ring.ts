import { type Entry, link } from "./key-levels.ts";
import { Mark, Placeholder } from "./stand.ts";

/** The keys of a table in the order of their last use, the oldest after the newest. What is no key is passed over. */
export class UseRing<V> {
  /** How many keys there are. */
  size = 0;
  /** Behind it comes the oldest. It may be no key. */
  newest: Entry<V> | null = null;
  /**
   * `null`: it is not known. Before it there are as many stands as keys were used since a cut: whoever adds a key would
   * pass them all, 0.9 ms of 100,000.
   */
  #oldest: Entry<V> | null = null;

  get oldest(): Entry<V> | undefined {
    if (this.size === 0 || this.newest === null) return undefined;
    this.#oldest ??= keyFrom(this.newest.newer);
    return this.#oldest;
  }

  /** From the oldest to the newest; the one that was given last may leave meanwhile. */
  *[Symbol.iterator](): IterableIterator<Entry<V>> {
    let next = this.oldest;
    for (let left = this.size; left > 0 && next !== undefined; left--) {
      const key: Entry<V> = next;
      next = keyFrom(key.newer);
      yield key;
    }
  }

  /**
   * As many keys as there are, from the oldest on, `count` in a step. Between two steps keys may come, go and be used: those
   * that stay where they are come once.
   */
  *steps(count: number): Generator<readonly Entry<V>[]> {
    let next = this.oldest;
    if (next === undefined) return;
    const mark = new Mark(next);
    for (let left = this.size; left > 0 && next !== undefined; left -= count) {
      const some: Entry<V>[] = [];
      for (
        let last: Entry<V> = next;
        next !== undefined && some.length < Math.min(count, left);
        next = this.#after(last)
      ) {
        last = next;
        some.push(last);
      }
      this.#putAfter(mark, some.at(-1) ?? mark);
      try {
        yield some;
      } finally {
        next = this.#after(mark);
        this.unlink(mark);
      }
    }
  }

  /** The next key, up to the newest. */
  #after(entry: Entry<V>): Entry<V> | undefined {
    for (let at = entry; at !== this.newest; ) {
      at = at.newer;
      if (!(at instanceof Placeholder)) return at;
    }
    return undefined;
  }

  #putAfter(mark: Mark<V>, entry: Entry<V>): void {
    link(mark, entry.newer);
    link(entry, mark);
    if (entry === this.newest) this.newest = mark;
  }

  /** The oldest, which is `key`, becomes the newest. */
  turn(key: Entry<V>): void {
    this.newest = key;
    this.#oldest = null;
  }

  /** Adds a new key, as the newest. */
  add(key: Entry<V>): void {
    this.size += 1;
    this.#link(key, key);
  }

  /** Makes keys that stand in a row the newest. */
  moveUp(first: Entry<V>, last: Entry<V>): void {
    if (last === this.newest) return;
    if (first === last) this.#passes(first);
    else this.#oldest = null;
    link(first.older, last.newer);
    this.#link(first, last);
  }

  remove(key: Entry<V>): void {
    this.size -= 1;
    this.#passes(key);
    this.unlink(key);
  }

  /** Takes a key or a stand out. */
  unlink(entry: Entry<V>): void {
    if (entry === this.newest) this.newest = entry.older === entry ? null : entry.older;
    link(entry.older, entry.newer);
  }

  /** A key leaves its place. */
  #passes(key: Entry<V>): void {
    if (key === this.#oldest) this.#oldest = this.size > 0 ? keyFrom(key.newer) : null;
  }

  #link(first: Entry<V>, last: Entry<V>): void {
    if (this.newest !== null) {
      link(last, this.newest.newer);
      link(this.newest, first);
    }
    this.newest = last;
  }
}

/** The first key from an entry on; there has to be one. */
function keyFrom<V>(entry: Entry<V>): Entry<V> {
  let key = entry;
  while (key instanceof Placeholder) key = key.newer;
  return key;
}
