import { MIN_SECONDS } from "../core/clock.ts";
import type { Entry } from "./key-levels.ts";

/** How often a table is swept in the time a key may be idle: keys go an eighth late at most. */
export const SWEEPS_PER_TTL = 8;
/** Keeps the sweeps that an event's ttl is worth a small integer, whatever a client sends. */
const FOREVER = 2 ** 30;
/** Keys that are looked at in one step. */
export const SWEEP_STEP = 64;

/** The time of a table, counted in sweeps. */
export class Sweeps {
  /** Seconds between two. */
  readonly every: number;
  readonly #ttl: number;
  /** How many have begun. */
  count = 0;
  #isUnderWay = false;

  /** @param ttl - Seconds for which a key may be idle. */
  constructor(ttl: number) {
    this.every = Math.max(MIN_SECONDS, ttl / SWEEPS_PER_TTL);
    this.#ttl = ttl;
  }

  /** How many are over: one that is under way when the table is saved is begun again when that is restored. */
  get over(): number {
    return this.#isUnderWay ? this.count - 1 : this.count;
  }

  /** Which sweep an event with this ttl keeps its key for; negative: the key stands among others that go earlier. */
  untilFor(ttl: number | null): number {
    // Not `ttl <= …`: a ttl of NaN prolongs nothing.
    if (ttl === null || !(ttl > this.#ttl)) return this.count + SWEEPS_PER_TTL;
    return -Math.min(this.count + Math.ceil(ttl / this.every), FOREVER);
  }

  /**
   * Whether no key is idle at the next sweep, which is over then: most are such, of many tables, and this one costs nothing.
   *
   * @param oldest - The longest unused key, when there is one.
   */
  isPassed(oldest: Entry<unknown> | undefined): boolean {
    if (oldest !== undefined && oldest.until <= this.count) return false;
    this.count += 1;
    return true;
  }

  /**
   * Has `end` look at each key that is idle.
   *
   * @param keys - Of the table, some in a step, the longest unused first.
   */
  *sweep<V>(keys: Iterable<readonly Entry<V>[]>, end: (entry: Entry<V>) => void): Generator<undefined> {
    // Used last between sweep n and n + 1 is idle for the whole sweeps since n + 1.
    this.count += 1;
    this.#isUnderWay = true;
    for (const some of keys) {
      const oldest = some.findIndex(({ until }) => until >= this.count); // and all that are newer
      for (const entry of oldest < 0 ? some : some.slice(0, oldest))
        if (this.#isIdle(entry) && entry.isKnown) end(entry);
      if (oldest >= 0) break;
      yield;
    }
    this.#isUnderWay = false;
  }

  #isIdle({ until }: Entry<unknown>): boolean {
    return Math.abs(until) < this.count;
  }
}
