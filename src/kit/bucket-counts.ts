/*
 * The upper half of a double, of which the slot is the exponent and the first five bits of the mantissa:
 *
 *   31   30 … 20    19 … 15    14 … 0
 *   sign exponent   step       (dropped: the width of a slot is 1/32 of its power of two)
 *        └────── slot ──────┘
 */
const DROPPED_BITS = 15;
const STEPS = 32;
/** Powers of two that are counted at most, and at first: 8 KB and 0.5 KB. */
const POWERS = 64;
const FEW_POWERS = 4;
/** The slot of infinity: greater than every slot. */
const ABOVE_ALL = 0x7ff * STEPS;
const MAX_COUNTS = 2 ** 32 - 1;

const DOUBLE = new DataView(new ArrayBuffer(8));

/**
 * Counts of values > 0 by slot, for the powers of two from the least's to the greatest's; of more than 64 the lowest are
 * left out.
 */
export class BucketCounts {
  total = 0;
  #counts = new Uint32Array(FEW_POWERS * STEPS);
  /** The slot of `counts[0]`, the first of its power. */
  #first = 0;
  /** The lowest and the highest slot in use: only those between are visited. */
  #bottom = ABOVE_ALL;
  #top = -1;
  /** Values too small for the window. */
  #vanished = 0;

  get bytes(): number {
    return this.#counts.byteLength;
  }

  add(value: number): void {
    this.#add(slotOf(value), 1);
  }

  merge(other: BucketCounts): void {
    this.addAll(other.pairs(), other.#vanished);
  }

  /** Reads counts by slot, the highest slot first; false, and half done, when one is invalid. */
  addAll(pairs: readonly unknown[], vanished: number): boolean {
    for (let at = 0; at < pairs.length; at += 2) {
      const slot = pairs[at];
      const n = pairs[at + 1];
      if (!isWhole(slot, ABOVE_ALL - 1) || !isWhole(n, MAX_COUNTS)) return false;
      this.#add(slot, n);
    }
    this.#vanished += vanished;
    this.total += vanished;
    return true;
  }

  /** How often each slot came up, greatest first, which makes for the fewest moves: slot, count, slot, count, … */
  pairs(): readonly number[] {
    const pairs: number[] = [];
    for (let slot = this.#top; slot >= this.#lowest; slot--) {
      const n = this.#counts[slot - this.#first] ?? 0;
      if (n > 0) pairs.push(slot, n);
    }
    return pairs;
  }

  get vanished(): number {
    return this.#vanished;
  }

  /** The middle of the slot of the value with that rank, from 0 for the least. */
  at(rank: number): number {
    let left = rank - this.#vanished;
    if (left < 0) return 0;
    const counts = this.#counts;
    const last = this.#top - this.#first;
    let at = this.#lowest - this.#first;
    for (; at < last; at++) {
      left -= counts[at] ?? 0;
      if (left < 0) break;
    }
    return middleOf(this.#first + at);
  }

  clear(): void {
    this.total = 0;
    this.#counts.fill(0, this.#lowest - this.#first, this.#top - this.#first + 1);
    this.#bottom = ABOVE_ALL;
    this.#top = -1;
    this.#vanished = 0;
  }

  #add(slot: number, n: number): void {
    this.total += n;
    if (slot < this.#bottom) this.#bottom = slot;
    if (slot > this.#top) this.#top = slot;
    let at = slot - this.#first;
    if (at < 0 || at >= this.#counts.length) {
      this.#reach(slot);
      at = slot - this.#first;
      if (at < 0) {
        this.#vanished += n;
        return;
      }
    }
    this.#counts[at] = Math.min(MAX_COUNTS, (this.#counts[at] ?? 0) + n);
  }

  /** The least slot that may have a count. */
  get #lowest(): number {
    return Math.max(this.#bottom, this.#first);
  }

  /** Makes room for `slot`, with as much again on both sides, unless the greatest slot leaves it none. */
  #reach(slot: number): void {
    const last = powerOf(this.#top);
    const lowest = last - POWERS + 1;
    if (powerOf(slot) < lowest) return;
    const from = Math.max(lowest, powerOf(this.#bottom));
    let powers = this.#counts.length / STEPS;
    while (powers <= last - from) powers *= 2;
    const below = (powers - (last - from + 1)) >> 1;
    const first = Math.max(0, from - below) * STEPS;
    const counts = new Uint32Array(powers * STEPS);
    for (let at = 0; at < this.#counts.length; at++) {
      const n = this.#counts[at] ?? 0;
      const to = this.#first + at - first;
      if (to < 0) this.#vanished += n;
      else if (n > 0) counts[to] = n;
    }
    this.#counts = counts;
    this.#first = first;
  }
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
}

function powerOf(slot: number): number {
  return Math.floor(slot / STEPS);
}

function slotOf(magnitude: number): number {
  DOUBLE.setFloat64(0, magnitude);
  return DOUBLE.getUint32(0) >>> DROPPED_BITS;
}

function middleOf(slot: number): number {
  DOUBLE.setUint32(0, (slot * 2 + 1) << (DROPPED_BITS - 1));
  DOUBLE.setUint32(4, 0);
  return DOUBLE.getFloat64(0);
}
