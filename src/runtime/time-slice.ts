/**
 * Lets long tasks take turns, in the order in which they ask: one of them, then sockets, timers and pipelines, then the
 * next. However many there are, they take no more from the others than one would.
 */
export class TimeSlice {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn, which lasts until it awaits something. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#give());
    });
  }

  #give(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#give());
  }
}
