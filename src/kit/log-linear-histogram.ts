import { misfit, type Plain, type Savable } from "../core/state.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { quantileRank } from "./quantile-rank.ts";

/** More characters than the text of a histogram ever has: 4,096 slots and counts, of 5 and 10 digits. */
const MAX_TEXT_CHARACTERS = 100_000;

/**
 * How often each magnitude came up, to 1.6 %, for any number of values: in 0.5 KB to 8 KB as they differ by up to 2^4 or
 * by up to 2^64, and as much again when there are negative ones.
 *
 * Exact are count, least and greatest. A quantile is the middle of its slot, at most 1/64 off, except for values that
 * are 2^63 times smaller than the greatest: those count as 0. Two histograms may be merged, in any order, and then
 * equal one of all their values.
 */
export class LogLinearHistogram implements Savable {
  // Made when the first value of the sign comes: most metrics have only one.
  #positive: BucketCounts | null = null;
  #negative: BucketCounts | null = null;
  #zeros = 0;
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** What it holds its counts in. */
  get bytes(): number {
    return (this.#positive?.bytes ?? 0) + (this.#negative?.bytes ?? 0);
  }

  /** Adds a finite value; any other is ignored. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#count += 1;
    if (value < this.#least) this.#least = value;
    if (value > this.#greatest) this.#greatest = value;
    if (value > 0) {
      this.#positive ??= new BucketCounts();
      this.#positive.add(value);
    } else if (value < 0) {
      this.#negative ??= new BucketCounts();
      this.#negative.add(-value);
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
      this.#positive ??= new BucketCounts();
      this.#positive.merge(other.#positive);
    }
    if (other.#negative !== null) {
      this.#negative ??= new BucketCounts();
      this.#negative.merge(other.#negative);
    }
  }

  /** All that it holds: least, greatest, zeros and, by sign, counts by slot. */
  save(): Contents {
    const part = (one: BucketCounts | null): Part => (one?.total ? [one.vanished, ...one.pairs()] : []);
    return [this.#least, this.#greatest, this.#zeros, part(this.#positive), part(this.#negative)];
  }

  restore(saved: Plain): void {
    const [least] = Array.isArray(saved) ? saved : [];
    if (least === Number.POSITIVE_INFINITY) return; // it was empty
    const counted = LogLinearHistogram.#of(saved);
    if (counted === null) throw misfit("a histogram");
    this.merge(counted);
  }

  /** As {@link save}, as text for {@link fromText}. */
  toText(): string {
    return JSON.stringify(this.save());
  }

  /** The histogram that was written so; `null` for an empty one and for any other text, whoever wrote it. */
  static fromText(text: string): LogLinearHistogram | null {
    if (text.length > MAX_TEXT_CHARACTERS) return null;
    try {
      return LogLinearHistogram.#of(JSON.parse(text));
    } catch {
      return null;
    }
  }

  static #of(all: unknown): LogLinearHistogram | null {
    if (!Array.isArray(all) || all.length !== 5) return null;
    const [least, greatest, zeros, positive, negative]: readonly unknown[] = all;
    if (!Number.isFinite(least) || !Number.isFinite(greatest) || !isCount(zeros)) return null;
    const histogram = new LogLinearHistogram();
    histogram.#positive = magnitudesOf(positive);
    histogram.#negative = magnitudesOf(negative);
    if (histogram.#positive === null || histogram.#negative === null) return null;
    histogram.#zeros = zeros;
    histogram.#count = zeros + histogram.#positive.total + histogram.#negative.total;
    histogram.#least = Number(least);
    histogram.#greatest = Number(greatest);
    return histogram.#count > 0 && histogram.#least <= histogram.#greatest ? histogram : null;
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

/** Of one sign: how many were too small, and pairs of a slot and its count. */
type Part = readonly number[];
type Contents = readonly [least: number, greatest: number, zeros: number, positive: Part, negative: Part];

function magnitudesOf(part: unknown): BucketCounts | null {
  if (!Array.isArray(part)) return null;
  const [vanished = 0, ...pairs]: readonly unknown[] = part;
  const magnitudes = new BucketCounts();
  return isCount(vanished) && magnitudes.addAll(pairs, vanished) ? magnitudes : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
