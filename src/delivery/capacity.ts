import { Queue } from "../core/queue.ts";

/** A number of places that several holders share: the copies of one sink under a `by`. */
export class Capacity {
  readonly #capacity: number;
  #taken = 0;
  readonly #waiters = new Queue<() => void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#taken >= this.#capacity;
  }

  /**
   * Takes a place. Returns a promise when all are taken; it resolves once a place has been taken for the caller, first
   * come, first served.
   */
  take(): Promise<void> | null {
    if (this.isFull) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#taken++;
    return null;
  }

  release(count: number): void {
    this.#taken -= count;
    while (!this.isFull) {
      const wake = this.#waiters.shift();
      if (wake === undefined) return;
      this.#taken++;
      wake();
    }
  }
}
