/** At most `n` writes in any window of `seconds`, on a clock that is never set. */
export class RateLimit {
  readonly #n: number;
  readonly #seconds: number;
  /** When the last writes were, the oldest first. */
  readonly #spent: number[] = [];

  constructor({ n, seconds }: { readonly n: number; readonly seconds: number }) {
    this.#n = n;
    this.#seconds = seconds;
  }

  /** When the next write may be, seconds; in the past when it may be now. */
  freeAt(now: number): number {
    this.#forget(now);
    const oldest = this.#spent.at(-this.#n);
    return oldest === undefined ? now : oldest + this.#seconds;
  }

  /** How many of the items that wait go into the next write: one each while the writes last, all others into the last. */
  share(items: number, now: number): number {
    this.#forget(now);
    const left = this.#n - this.#spent.length;
    return left >= items || left > 1 ? 1 : Number.POSITIVE_INFINITY;
  }

  /** @param writes - More than one are allowed together, and the next has to wait for all of them. */
  spend(now: number, writes = 1): void {
    for (let write = 0; write < writes; write++) this.#spent.push(now);
  }

  #forget(now: number): void {
    while (now - (this.#spent[0] ?? now) >= this.#seconds) this.#spent.shift();
  }
}
