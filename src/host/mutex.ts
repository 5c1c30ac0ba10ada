/** Lets one at a time in, in the order in which they ask. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when nobody else is in, with a function that lets the next one in. */
  async lock(): Promise<() => void> {
    const before = this.#last;
    let release = (): void => {};
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
