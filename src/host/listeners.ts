import type { Cancel } from "../core/clock.ts";
import type { Listener, Tapped } from "./report.ts";

/** Who listens to which tap. */
export class Listeners {
  readonly #changed: (taps: readonly string[]) => void;
  readonly #listeners = new Map<string, Set<Listener>>();

  /** @param changed - Told which taps somebody listens to, when that changes. */
  constructor(changed: (taps: readonly string[]) => void) {
    this.#changed = changed;
  }

  /** Shows a tap to `listener` until the returned function is called. */
  add(tap: string, listener: Listener): Cancel {
    const all = this.#listeners.get(tap) ?? new Set();
    this.#listeners.set(tap, all.add(listener));
    if (all.size === 1) this.#changed([...this.#listeners.keys()]);
    return () => {
      if (!all.delete(listener) || all.size > 0) return;
      this.#listeners.delete(tap);
      this.#changed([...this.#listeners.keys()]);
    };
  }

  /** Resolves as soon as one of those who listen can take more: it is for the slow ones to miss some. */
  async hear(tapped: readonly Tapped[]): Promise<void> {
    const taken: Promise<void>[] = [];
    for (const one of tapped)
      for (const listener of this.#listeners.get(one.tap) ?? []) taken.push(listener(one.lines, one.missed));
    if (taken.length > 0) await Promise.race(taken);
  }
}
