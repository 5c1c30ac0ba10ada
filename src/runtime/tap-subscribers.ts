import type { Cancel } from "../core/clock.ts";
import type { Listener, Tapped } from "./report.ts";

/** The readers of taps. */
export class TapSubscribers {
  readonly #changed: (taps: readonly string[]) => void;
  readonly #subscribers = new Map<string, Set<Listener>>();
  // Not promises that are raced: each race would leave something with a reader that never takes more.
  readonly #waiting = new Set<() => void>();
  readonly #ready = (): void => {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  };

  /** @param changed - Told which taps somebody listens to, when that changes. */
  constructor(changed: (taps: readonly string[]) => void) {
    this.#changed = changed;
  }

  /** Shows a tap to `listener` until the returned function is called. */
  add(tap: string, listener: Listener): Cancel {
    const all = this.#subscribers.get(tap) ?? new Set();
    this.#subscribers.set(tap, all.add(listener));
    if (all.size === 1) this.#changed([...this.#subscribers.keys()]);
    return () => {
      all.delete(listener);
      this.#ready();
      if (all.size > 0 || this.#subscribers.get(tap) !== all) return;
      this.#subscribers.delete(tap);
      this.#changed([...this.#subscribers.keys()]);
    };
  }

  /** Resolves as soon as one of the readers can take more: slow readers miss events. */
  hear(tapped: readonly Tapped[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      const heard = tapped.flatMap(({ tap, lines, missed }) =>
        [...(this.#subscribers.get(tap) ?? [])].map((listener) => listener(lines, missed, this.#ready)),
      );
      if (heard.length === 0) this.#ready();
    });
  }
}
