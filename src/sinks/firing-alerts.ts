import type { Clock } from "../core/clock.ts";
import { weighRendered } from "../delivery/rendered.ts";
import type { WriterMemory } from "../delivery/writer-memory.ts";
import type { AlertmanagerAlert } from "./alertmanager-alert.ts";

export interface Firing {
  readonly alert: AlertmanagerAlert;
  /** Unix seconds. */
  readonly heardAt: number;
}

export const MAX_FIRING_ALERTS = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** What fires, by the key of the alert: at most {@link MAX_FIRING_ALERTS}, and about 64 MiB. */
export class FiringAlerts {
  readonly #memory: WriterMemory<Firing>;
  readonly #clock: Clock;
  /** When each was heard of, by `elapsed`: the clock may be set. */
  readonly #heardAt = new Map<string, number>();
  #bytes = 0;

  constructor(memory: WriterMemory<Firing>, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
    const now = clock.elapsed();
    const ahead = now - clock.now();
    for (const [key, firing] of memory) {
      this.#bytes += weighRendered(firing);
      this.#heardAt.set(key, Math.min(firing.heardAt + ahead, now));
    }
  }

  get(key: string): Firing | undefined {
    return this.#memory.get(key);
  }

  /** Returns how many others are forgotten for it, those heard of longest ago. */
  set(key: string, firing: Firing): number {
    this.delete(key);
    this.#memory.set(key, firing);
    this.#heardAt.set(key, this.#clock.elapsed());
    this.#bytes += weighRendered(firing);
    let forgotten = 0;
    for (const [oldest] of this.#memory) {
      if (oldest === key || (this.#memory.size <= MAX_FIRING_ALERTS && this.#bytes <= MAX_BYTES)) break;
      this.delete(oldest);
      forgotten++;
    }
    return forgotten;
  }

  delete(key: string): void {
    const old = this.#memory.get(key);
    if (old === undefined) return;
    this.#bytes -= weighRendered(old);
    this.#memory.delete(key);
    this.#heardAt.delete(key);
  }

  /** Forgets those not heard of for longer than so many seconds. */
  forgetUnheard(seconds: number): void {
    const now = this.#clock.elapsed();
    for (const [key, heardAt] of [...this.#heardAt]) if (now - heardAt > seconds) this.delete(key);
  }

  /** The one heard of longest ago first; of before the start in no order. */
  [Symbol.iterator](): IterableIterator<[string, Firing]> {
    return this.#memory[Symbol.iterator]();
  }
}
