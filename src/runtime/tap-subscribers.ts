import type { Cancel, Clock } from "../core/clock.ts";
import type { Listener, Tapped } from "./report.ts";

/** Maximum characters that a thread writes for one show. */
const MAX_SHOWN_CHARACTERS = 256 * 1024;
/** Maximum characters of one show for all listeners together, each of which is sent what the thread wrote. */
const MAX_SENT_CHARACTERS = 1024 * 1024;
/** How often threads are told who listens. */
const TELL_SECONDS = 0.05;
/** To send events to those who listen takes a twentieth of this thread at most. */
const REST_PER_WORK = 20;

/** Who listens to which tap. */
export class TapSubscribers {
  readonly #changed: (taps: readonly string[], capacity: number) => void;
  readonly #clock: Clock;
  readonly #subscribers = new Map<string, Set<Listener>>();
  #count = 0;
  /** Threads were told a short while ago; `isDue` when something has changed since. */
  #isResting = false;
  #isDue = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
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

  /**
   * Resolves as soon as one of those who listen can take more, and sending has rested: it is for the slow ones to miss
   * some, and for all when they are many.
   */
  async hear(tapped: readonly Tapped[]): Promise<void> {
    const ready = new Promise<void>((resolve) => this.#waiting.add(resolve));
    const begun = this.#clock.elapsed();
    const heard = tapped.flatMap(({ tap, lines, events }) => {
      const bytes = Buffer.from(lines); // once for all
      return [...(this.#subscribers.get(tap) ?? [])].map((listener) => listener(bytes, events, this.#ready));
    });
    const now = this.#clock.elapsed();
    this.#restsUntil = Math.max(this.#restsUntil, now) + REST_PER_WORK * (now - begun);
    if (heard.length === 0) this.#ready();
    await ready;
    const rest = this.#restsUntil - this.#clock.elapsed();
    if (rest > 0) await new Promise<void>((resolve) => this.#clock.after(rest, resolve));
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
