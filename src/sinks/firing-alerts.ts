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
  #bytes = 0;

  constructor(memory: WriterMemory<Firing>) {
    this.#memory = memory;
    for (const [, firing] of memory) this.#bytes += weighRendered(firing);
  }

  get(key: string): Firing | undefined {
    return this.#memory.get(key);
  }

  /** Returns how many others are forgotten for it, those heard of longest ago. */
  set(key: string, firing: Firing): number {
    this.delete(key);
    this.#memory.set(key, firing);
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
  }

  /** The one heard of longest ago first; of before the start in no order. */
  [Symbol.iterator](): IterableIterator<[string, Firing]> {
    return this.#memory[Symbol.iterator]();
  }
}
