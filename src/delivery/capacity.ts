import { Queue } from "../core/queue.ts";

/** Maximum bytes of what holds places, about: beyond, all places are taken however many there are. */
const MAX_BYTES = 64 * 1024 * 1024;

interface Waiter {
  readonly bytes: number;
  wake(): void;
}

/** A number of places that several holders share: the copies of one sink under a `by`. */
export class Capacity {
  readonly #capacity: number;
  #taken = 0;
  #bytes = 0;
  readonly #waiters = new Queue<Waiter>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#taken >= this.#capacity || this.#bytes >= MAX_BYTES;
  }

  /**
   * Takes a place for so many bytes. Returns a promise when there is none; it resolves once a place has been taken for the
   * caller, first come, first served.
   */
  take(bytes: number): Promise<void> | null {
    if (this.isFull) return new Promise((resolve) => this.#waiters.push({ bytes, wake: resolve }));
    this.#taken++;
    this.#bytes += bytes;
    return null;
  }

  release(count: number, bytes: number): void {
    this.#taken -= count;
    this.#bytes -= bytes;
    while (!this.isFull) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      this.#taken++;
      this.#bytes += waiter.bytes;
      waiter.wake();
    }
  }
}
