import type { Clock } from "../core/clock.ts";

/** Lets `perSecond` through each second for each key; after a second without any, as many at once. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /** When all that were let through would have come if they had kept to the rate; the oldest key first. */
  readonly #due = new Map<string, number>();

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Whether one more may pass now. */
  take(key: string): boolean {
    const now = this.#clock.elapsed();
    for (const [other, due] of this.#due) {
      if (due > now) break;
      this.#due.delete(other);
    }
    const interval = 1 / this.#perSecond;
    const due = Math.max(this.#due.get(key) ?? now, now) + interval;
    if (due > now + 1 + interval / 2) return false; // sums of fractions are not exact
    this.#due.delete(key); // to be the newest
    this.#due.set(key, due);
    return true;
  }
}
