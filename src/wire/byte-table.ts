/**
 * Remembers short runs of bytes, each in a numbered slot: the hot half of interning.
 *
 * Two slots share a place that the hash of the bytes chooses; a run found in neither replaces one of them. So memory
 * is fixed, a flood of ever-new bytes costs misses and nothing else, and as all bytes are compared no run is ever taken
 * for another. Whoever keeps a value per slot must replace it when `find` answers that the run is new.
 *
 *   cell of a slot: | length | word 0 | word 1 | … |     32 bits each, little-endian
 *
 *   up to 16 bytes: always four words, those beyond the run zero: no loop, one comparison
 *   longer:         as many as needed; the last one overlaps the one before unless the length is a multiple of 4
 */
export class ByteTable {
  /** Longest run that fits, bytes. */
  readonly longest: number;
  readonly #cells: Int32Array;
  readonly #cellWords: number;
  readonly #shift: number;
  #victim = 0;

  /** @param slots - A power of two, 4 or more. @param cellWords - Size of a slot, 32-bit words, 5 or more. */
  constructor(slots: number, cellWords: number) {
    this.longest = (cellWords - 1) * 4;
    this.#cellWords = cellWords;
    this.#shift = 32 - Math.log2(slots / 2);
    this.#cells = new Int32Array(slots * cellWords).fill(-1);
  }

  /** The slot of the `length` bytes at `at` (≤ `longest`) when they are known; when new, `~slot` of the one they now have. */
  find(view: DataView, at: number, length: number): number {
    return length <= SHORT ? this.#findShort(view, at, length) : this.#findLong(view, at, length);
  }

  // No branch depends on the length: mispredicted ones were half of the cost (bench/decoder.ts).
  #findShort(view: DataView, at: number, length: number): number {
    if (at + SHORT > view.byteLength) return this.#findLast(view, at, length);
    const mask = length * 4;
    const word0 = view.getInt32(at, true) & (MASKS[mask] as number);
    const word1 = view.getInt32(at + 4, true) & (MASKS[mask + 1] as number);
    const word2 = view.getInt32(at + 8, true) & (MASKS[mask + 2] as number);
    const word3 = view.getInt32(at + 12, true) & (MASKS[mask + 3] as number);
    return this.#findWords(length, word0, word1, word2, word3);
  }

  /** A short run at the very end of the buffer, where four words cannot be read. */
  #findLast(view: DataView, at: number, length: number): number {
    const words = [0, 0, 0, 0];
    for (let i = 0; i < length; i++)
      words[i >> 2] = (words[i >> 2] as number) | (view.getUint8(at + i) << ((i & 3) * 8));
    const [word0, word1, word2, word3] = words as [number, number, number, number];
    return this.#findWords(length, word0, word1, word2, word3);
  }

  #findWords(length: number, word0: number, word1: number, word2: number, word3: number): number {
    const cells = this.#cells;
    const mixed =
      Math.imul(word0, PRIME_1) ^ Math.imul(word1, PRIME_2) ^ Math.imul(word2, PRIME_3) ^ Math.imul(word3, PRIME_4);
    const slot = (Math.imul(mixed ^ (mixed >>> 15), PRIME_1) >>> this.#shift) * 2;
    const cell = slot * this.#cellWords;
    if (
      cells[cell] === length &&
      cells[cell + 1] === word0 &&
      cells[cell + 2] === word1 &&
      cells[cell + 3] === word2 &&
      cells[cell + 4] === word3
    )
      return slot;
    const other = cell + this.#cellWords;
    if (
      cells[other] === length &&
      cells[other + 1] === word0 &&
      cells[other + 2] === word1 &&
      cells[other + 3] === word2 &&
      cells[other + 4] === word3
    )
      return slot + 1;
    this.#victim ^= 1;
    const taken = this.#victim === 0 ? cell : other;
    cells[taken] = length;
    cells[taken + 1] = word0;
    cells[taken + 2] = word1;
    cells[taken + 3] = word2;
    cells[taken + 4] = word3;
    return ~(slot + this.#victim);
  }

  #findLong(view: DataView, at: number, length: number): number {
    const last = at + length - 4;
    let mixed = length;
    for (let word = at; word < last; word += 4) mixed = Math.imul(mixed ^ view.getInt32(word, true), PRIME_1);
    mixed = Math.imul(mixed ^ view.getInt32(last, true), PRIME_1);
    const slot = (Math.imul(mixed ^ (mixed >>> 15), PRIME_2) >>> this.#shift) * 2;
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
    return cells[++cell] === view.getInt32(last, true);
  }

  #store(start: number, view: DataView, at: number, length: number): void {
    const cells = this.#cells;
    let cell = start;
    cells[cell] = length;
    const last = at + length - 4;
    for (let word = at; word < last; word += 4) cells[++cell] = view.getInt32(word, true);
    cells[++cell] = view.getInt32(last, true);
  }
}

const SHORT = 16;
// xxHash32's primes.
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;

/** For each length up to 16, what of the four words belongs to the run. */
const MASKS = masks();

function masks(): Int32Array {
  const bytes = new Uint8Array((SHORT + 1) * SHORT);
  for (let length = 0; length <= SHORT; length++) bytes.fill(0xff, length * SHORT, length * SHORT + length);
  return new Int32Array(bytes.buffer);
}
