/** What is told of every change, and adds it up further: more holdings, or the worker's budget. */
export interface HoldingsOwner {
  add(bytes: number, keys: number): void;
}

/** What stages hold together, about: those of a run, or those inside one of its stages. */
export class Holdings implements HoldingsOwner {
  bytes = 0;
  keys = 0;
  readonly #above: HoldingsOwner;

  constructor(above: HoldingsOwner) {
    this.#above = above;
  }

  add(bytes: number, keys: number): void {
    this.bytes += bytes;
    this.keys += keys;
    this.#above.add(bytes, keys);
  }
}
