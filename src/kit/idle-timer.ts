import type { Cancel, Clock } from "../core/clock.ts";

/**
 * Calls back when nothing has been heard for a number of seconds, and again each time that many more have passed. To
 * hear something costs a look at the clock: the timer is not moved, but sees when it comes up how much is left.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #seconds: number;
  readonly #onSilence: () => void;
  #heardAt = 0;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, seconds: number, onSilence: () => void) {
    this.#clock = clock;
    this.#seconds = seconds;
    this.#onSilence = onSilence;
  }

  /** Something was heard; begins to listen, if it did not. */
  heard(): void {
    this.#heardAt = this.#clock.elapsed();
    if (this.#cancel === null) this.#wait(this.#seconds);
  }

  /** Listens no longer. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #wait(seconds: number): void {
    this.#cancel = this.#clock.after(seconds, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.elapsed();
    const left = this.#heardAt + this.#seconds - now;
    if (left > 0) return this.#wait(left);
    this.#heardAt = now;
    this.#wait(this.#seconds);
    this.#onSilence();
  }
}
