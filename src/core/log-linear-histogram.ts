import { quantileRank } from "./quantile-rank.ts";

/*
 * The upper half of a double, of which the slot is the exponent and the first five bits of the mantissa:
 *
 *   31   30 … 20    19 … 15    14 … 0
 *   sign exponent   step       (dropped: the width of a slot is 1/32 of its power of two)
 *        └────── slot ──────┘
 */
const DROPPED_BITS = 15;
const STEPS = 32;
const POWERS = 64;
const SLOTS = STEPS * POWERS;
/** Greater than every slot; a small integer, for infinity would make all that is reckoned with it a double. */
const ABOVE_ALL = 2 ** 16;

const DOUBLE = new DataView(new ArrayBuffer(8));

/**
 * How often each magnitude came up, to 1.6 %, for any number of values in 8 KB (16 KB when there are negative ones).
 *
 * Exact are count, least and greatest. A quantile is the middle of its slot, at most 1/64 off, except for values that
 * are 2^63 times smaller than the greatest: those count as 0. Two histograms may be merged, in any order, and then
 * equal one of all their values.
 */
export class LogLinearHistogram {
  // Made when the first value of the sign comes: most metrics have only one.
  #positive: Magnitudes | null = null;
  #negative: Magnitudes | null = null;
  #zeros = 0;
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a finite value; any other is ignored. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#count += 1;
    if (value < this.#least) this.#least = value;
    if (value > this.#greatest) this.#greatest = value;
    if (value > 0) {
      this.#positive ??= new Magnitudes();
      this.#positive.add(slotOf(value), 1);
    } else if (value < 0) {
      this.#negative ??= new Magnitudes();
      this.#negative.add(slotOf(-value), 1);
    } else {
      this.#zeros += 1;
    }
  }

  /** Adds all values of another. */
  merge(other: LogLinearHistogram): void {
    this.#count += other.#count;
    this.#zeros += other.#zeros;
    this.#least = Math.min(this.#least, other.#least);
    this.#greatest = Math.max(this.#greatest, other.#greatest);
    if (other.#positive !== null) {
      this.#positive ??= new Magnitudes();
      this.#positive.merge(other.#positive);
    }
    if (other.#negative !== null) {
      this.#negative ??= new Magnitudes();
      this.#negative.merge(other.#negative);
    }
  }

  /** The value at `share` of the way from the least (0) to the greatest (1); `null` when there are no values. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = quantileRank(share, this.#count);
    if (rank === 0) return this.#least;
    if (rank === this.#count - 1) return this.#greatest;
    return Math.max(this.#least, Math.min(this.#greatest, this.#at(rank)));
  }

  /** Forgets all values, and keeps its memory for others. */
  clear(): void {
    this.#positive?.clear();
    this.#negative?.clear();
    this.#zeros = 0;
    this.#count = 0;
    this.#least = Number.POSITIVE_INFINITY;
    this.#greatest = Number.NEGATIVE_INFINITY;
  }

  #at(rank: number): number {
    const below = this.#negative?.total ?? 0;
    if (rank < below) return -(this.#negative?.at(below - 1 - rank) ?? 0);
    const above = rank - below - this.#zeros;
    return above < 0 ? 0 : (this.#positive?.at(above) ?? 0);
  }
}

/** Counts of values > 0 by slot, for the 64 powers of two that end with the greatest value's or begin with the least's. */
class Magnitudes {
  total = 0;
  readonly #counts = new Uint32Array(SLOTS);
  /** The slot of `counts[0]`, the first of its power. */
  #first = 0;
  /** The least and the greatest slot that came up: only what is between is looked at. */
  #bottom = ABOVE_ALL;
  #top = -1;
  /** Values too small for the window. */
  #vanished = 0;

  add(slot: number, n: number): void {
    this.total += n;
    if (slot < this.#bottom) this.#bottom = slot;
    if (slot > this.#top) this.#top = slot;
    let at = slot - this.#first;
    if (at < 0 || at >= SLOTS) {
      this.#reach(slot);
      at = slot - this.#first;
      if (at < 0) {
        this.#vanished += n;
        return;
      }
    }
    this.#counts[at] = (this.#counts[at] ?? 0) + n;
  }

  merge(other: Magnitudes): void {
    // The greatest first: the window then moves at most twice.
    for (let slot = other.#top; slot >= other.#lowest; slot--) {
      const n = other.#counts[slot - other.#first] ?? 0;
      if (n > 0) this.add(slot, n);
    }
    this.#vanished += other.#vanished;
    this.total += other.#vanished;
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

  /** The least slot that may have a count. */
  get #lowest(): number {
    return Math.max(this.#bottom, this.#first);
  }

  /** Moves the window so that `slot` is within, or as far towards it as the greatest slot allows. */
  #reach(slot: number): void {
    const lowest = (powerOf(this.#top) - POWERS + 1) * STEPS;
    const first = Math.max(0, lowest, Math.min(this.#first, powerOf(slot) * STEPS));
    const by = first - this.#first;
    this.#first = first;
    if (by > 0) {
      for (let at = 0; at < Math.min(by, SLOTS); at++) this.#vanished += this.#counts[at] ?? 0;
      this.#counts.copyWithin(0, by);
      this.#counts.fill(0, Math.max(0, SLOTS - by));
    } else {
      this.#counts.copyWithin(-by, 0);
      this.#counts.fill(0, 0, -by);
    }
  }
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
