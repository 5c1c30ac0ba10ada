import { Queue } from "../core/queue.ts";

/** A number of places that several holders share: the copies of one sink under a `by`. */
export class Capacity {
  readonly #capacity: number;
  #taken = 0;
  readonly #waiters = new Queue<{ readonly places: number; readonly wake: () => void }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#taken >= this.#capacity;
  }

  /**
   * Takes places, however many, as soon as one is left. Returns a promise when all are taken; it resolves once the places
   * have been taken for the caller, first come, first served.
   */
  take(places: number): Promise<void> | null {
    if (this.isFull) return new Promise((resolve) => this.#waiters.push({ places, wake: resolve }));
    this.#taken += places;
    return null;
  }

  release(places: number): void {
    this.#taken -= places;
    while (!this.isFull) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      this.#taken += waiter.places;
      waiter.wake();
    }
  }
}
