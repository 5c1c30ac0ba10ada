import type { Cancel, Clock } from "../core/clock.ts";
import type { Listener, Tapped } from "./report.ts";

/** A thread writes so many characters at most for one show … */
const MAX_SHOWN_CHARACTERS = 256 * 1024;
/** … and so many for all listeners together, who are sent each what it wrote. */
const MAX_SENT_CHARACTERS = 1024 * 1024;
/** Threads are told this often who listens. */
const TELL_SECONDS = 0.05;

/** Who listens to which tap. */
export class TapSubscribers {
  readonly #changed: (taps: readonly string[], capacity: number) => void;
  readonly #clock: Clock;
  readonly #subscribers = new Map<string, Set<Listener>>();
  #count = 0;
  /** Threads were told a short while ago; `isDue` when something has changed since. */
  #isResting = false;
  #isDue = false;
  // Not promises that are raced: each race would leave something with a reader that never takes more.
  readonly #waiting = new Set<() => void>();
  readonly #ready = (): void => {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  };

  /** @param changed - Told which taps somebody listens to, and how many characters a show may have, when that changes. */
  constructor(changed: (taps: readonly string[], capacity: number) => void, clock: Clock) {
    this.#changed = changed;
    this.#clock = clock;
  }

  /** Shows a tap to `listener` until the returned function is called. */
  add(tap: string, listener: Listener): Cancel {
    const all = this.#subscribers.get(tap) ?? new Set();
    this.#subscribers.set(tap, all.add(listener));
    this.#count++;
    this.#tell();
    return () => {
      if (!all.delete(listener)) return;
      this.#count--;
      if (all.size === 0 && this.#subscribers.get(tap) === all) this.#subscribers.delete(tap);
      this.#ready();
      this.#tell();
    };
  }

  /** Resolves as soon as one of those who listen can take more: it is for the slow ones to miss some. */
  hear(tapped: readonly Tapped[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      const heard = tapped.flatMap(({ tap, lines, events }) => {
        const bytes = Buffer.from(lines); // once for all
        return [...(this.#subscribers.get(tap) ?? [])].map((listener) => listener(bytes, events, this.#ready));
      });
      if (heard.length === 0) this.#ready();
    });
  }

  #tell(): void {
    this.#isDue = true;
    if (this.#isResting) return;
    this.#isDue = false;
    this.#isResting = true;
    const capacity = Math.min(MAX_SHOWN_CHARACTERS, Math.ceil(MAX_SENT_CHARACTERS / Math.max(1, this.#count)));
    this.#changed([...this.#subscribers.keys()], capacity);
    this.#clock.after(TELL_SECONDS, () => {
      this.#isResting = false;
      if (this.#isDue) this.#tell();
    });
  }
}
