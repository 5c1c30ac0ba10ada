import type { Clock } from "./clock.ts";

/** Maximum keys that are told apart; beyond it, the one that was told first is forgotten. */
const MAX_KEYS = 100;

/** Lets what would be logged over and over through once in a while for each key, and counts the rest. */
export class Repeats {
  readonly #clock: Clock;
  readonly #seconds: number;
  /** Until when nothing of a key passes, and how much has not. */
  readonly #quiet = new Map<string, { readonly until: number; more: number }>();

  constructor(clock: Clock, seconds: number) {
    this.#clock = clock;
    this.#seconds = seconds;
  }

  /** `null`: not now. Otherwise how much did not pass since this key did last. */
  pass(key: string): number | null {
    const now = this.#clock.elapsed();
    const known = this.#quiet.get(key);
    if (known !== undefined && now < known.until) {
      known.more++;
      return null;
    }
    this.#quiet.delete(key);
    const [oldest] = this.#quiet.keys();
    if (oldest !== undefined && this.#quiet.size >= MAX_KEYS) this.#quiet.delete(oldest);
    this.#quiet.set(key, { until: now + this.#seconds, more: 0 });
    return known?.more ?? 0;
  }
}
