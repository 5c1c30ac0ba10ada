/** A number of places that several holders share: the copies of one sink under a `by`. */
export class Capacity {
  readonly #capacity: number;
  #taken = 0;
  #waiters: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isFull(): boolean {
    return this.#taken >= this.#capacity;
  }

  take(): void {
    this.#taken++;
  }

  release(count: number): void {
    this.#taken -= count;
    if (this.isFull) return;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves when there is a place. */
  available(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
