const SEQUENCES = 8;

/**
 * Remembers short runs of bytes, each in a numbered slot: the hot half of interning.
 *
 * Two slots share a place that the hash of the bytes chooses; a run found in neither replaces one of them. So memory is
 * fixed, a flood of ever-new bytes costs misses and nothing else, and as all bytes are compared no run is ever taken
 * for another. A caller that keeps a value per slot must replace it when `find` says that the run is new.
 *
 *   cell of a slot: | length | word 0 | word 1 | … |     32 bits each, little-endian; the last word overlaps the one
 *                                                         before it unless the length is a multiple of 4
 */
export class ByteTable {
  /** Longest run that fits, bytes. */
  readonly longest: number;
  readonly #cells: Int32Array;
  readonly #cellWords: number;
  readonly #shift: number;
  #victim = 0;
  /** For each slot, the one that followed it last time. */
  readonly #next: Uint32Array;
  /** For each sequence the slot that came last. */
  readonly #last = new Uint32Array(SEQUENCES);

  /** @param slots - A power of two, 4 or more. @param cellWords - Size of a slot, 32-bit words. */
  constructor(slots: number, cellWords: number) {
    this.longest = (cellWords - 1) * 4;
    this.#cellWords = cellWords;
    this.#shift = 32 - Math.log2(slots / 2);
    this.#cells = new Int32Array(slots * cellWords).fill(-1);
    this.#next = new Uint32Array(slots);
  }

  /**
   * As {@link find}, for runs that come in the same order again and again, such as the services of a host: the one that
   * followed last time is tried before anything is hashed (an eighth less for the whole decoder; bench: decoder).
   *
   * @param sequence - Which of the sequences that run side by side, 0 to 7.
   */
  findNext(view: DataView, at: number, length: number, sequence: number): number {
    const last = this.#last[sequence] as number;
    const guess = this.#next[last] as number;
    if (this.#holds(guess * this.#cellWords, view, at, length)) {
      this.#last[sequence] = guess;
      return guess;
    }
    const found = this.find(view, at, length);
    const slot = found < 0 ? ~found : found;
    this.#next[last] = slot;
    this.#last[sequence] = slot;
    return found;
  }

  /** The slot of the `length` bytes at `at` (1 to `longest`) when they are known; when new, `~slot` of the one they now have. */
  find(view: DataView, at: number, length: number): number {
    const slot = (hash(view, at, length) >>> this.#shift) * 2;
    const cell = slot * this.#cellWords;
    if (this.#holds(cell, view, at, length)) return slot;
    if (this.#holds(cell + this.#cellWords, view, at, length)) return slot + 1;
    this.#victim ^= 1;
    this.#store(cell + this.#victim * this.#cellWords, view, at, length);
    return ~(slot + this.#victim);
  }

  #holds(start: number, view: DataView, at: number, length: number): boolean {
    const cells = this.#cells;
    let cell = start;
    if (cells[cell] !== length) return false;
    const last = at + length - 4;
    for (let word = at; word < last; word += 4) if (cells[++cell] !== view.getInt32(word, true)) return false;
    return cells[++cell] === lastWord(view, at, length);
  }

  #store(start: number, view: DataView, at: number, length: number): void {
    const cells = this.#cells;
    let cell = start;
    cells[cell] = length;
    const last = at + length - 4;
    for (let word = at; word < last; word += 4) cells[++cell] = view.getInt32(word, true);
    cells[++cell] = lastWord(view, at, length);
  }
}

// xxHash32's first two primes.
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;

/** Multiplicative hash, a word at a time: only its high bits are good. */
function hash(view: DataView, at: number, length: number): number {
  const last = at + length - 4;
  let mixed = length;
  for (let word = at; word < last; word += 4) mixed = Math.imul(mixed ^ view.getInt32(word, true), PRIME_1);
  mixed = Math.imul(mixed ^ lastWord(view, at, length), PRIME_1);
  return Math.imul(mixed ^ (mixed >>> 15), PRIME_2);
}

/** The last four bytes of the run, or all of them when it has fewer. */
function lastWord(view: DataView, at: number, length: number): number {
  if (length >= 4) return view.getInt32(at + length - 4, true);
  let word = 0;
  for (let i = length - 1; i >= 0; i--) word = (word << 8) | view.getUint8(at + i);
  return word;
}
