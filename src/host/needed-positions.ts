/** It starts with nothing. */
const NOT_NEEDED = Number.POSITIVE_INFINITY;

/** From where on the journal is needed for each state: it may come to the snapshot before the last. */
export class NeededPositions {
  readonly #positions = new Map<string, { readonly before: number; readonly last: number }>();

  /** States of before, of which each is gone on from; a name may have several. */
  found(states: readonly { readonly name: string; readonly position: number }[]): void {
    for (const { name } of states) {
      const first = Math.min(...states.filter((one) => one.name === name).map(({ position }) => position));
      this.#positions.set(name, { before: first, last: first });
    }
  }

  saved(name: string, position: number): void {
    this.#positions.set(name, { before: this.#positions.get(name)?.last ?? position, last: position });
  }

  /** It has nothing to go on with. */
  gone(name: string): void {
    this.#positions.set(name, { before: NOT_NEEDED, last: NOT_NEEDED });
  }

  forget(name: string): void {
    this.#positions.delete(name);
  }

  /** From where on it is needed for these; all of it, for what was never saved. */
  first(names: Iterable<string>): number {
    return Math.min(...[...names].map((name) => this.#positions.get(name)?.before ?? 0));
  }
}
