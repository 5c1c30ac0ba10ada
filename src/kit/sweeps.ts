import { MIN_SECONDS } from "../core/clock.ts";
import type { Entry } from "./key-levels.ts";
import type { UseRing } from "./use-ring.ts";

/** How often a table is swept in the time a key may be idle: keys go an eighth late at most. */
export const SWEEPS_PER_TTL = 8;
/** Keeps the sweeps that an event's ttl is worth a small integer, whatever a client sends. */
const FOREVER = 2 ** 30;
/** Keys that are looked at in one step. */
const STEP_KEYS = 64;

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

  /** Has `end` look at each key of `ring` that is idle now, and still is when its step comes. */
  *sweep<V>(ring: UseRing<V>, end: (entry: Entry<V>) => void): Generator<undefined> {
    // Used last between sweep n and n + 1 is idle for the whole sweeps since n + 1.
    this.count += 1;
    this.#isUnderWay = true;
    const idle: Entry<V>[] = [];
    for (const entry of ring) {
      if (entry.until >= this.count) break; // and all that are newer
      if (this.#isIdle(entry)) idle.push(entry);
    }
    for (let at = 0; at < idle.length; at += STEP_KEYS) {
      if (at > 0) yield;
      for (const entry of idle.slice(at, at + STEP_KEYS)) if (this.#isIdle(entry) && entry.isKnown) end(entry);
    }
    this.#isUnderWay = false;
  }

  #isIdle({ until }: Entry<unknown>): boolean {
    return Math.abs(until) < this.count;
  }
}
