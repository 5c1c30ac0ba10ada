import { listOf, numberOf, type Plain, type Savable } from "../core/state.ts";

/** Numbers in ascending order, found by halving: to add or remove one of a thousand costs well under a microsecond. */
export class SortedNumbers implements Savable {
  #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  save(): Plain {
    return this.#numbers;
  }

  restore(saved: Plain): void {
    this.#numbers = listOf(saved).map(numberOf);
  }

  add(number: number): void {
    this.#numbers.splice(this.#placeOf(number), 0, number);
  }

  /** Takes one away that was added. */
  remove(number: number): void {
    this.#numbers.splice(this.#placeOf(number), 1);
  }

  /** Replaces a number that was added by `number`: only those between the two move. */
  replace(old: number, number: number): void {
    const numbers = this.#numbers;
    let at = this.#placeOf(old);
    for (; at + 1 < numbers.length && (numbers[at + 1] ?? 0) < number; at++) numbers[at] = numbers[at + 1] ?? 0;
    for (; at > 0 && (numbers[at - 1] ?? 0) > number; at--) numbers[at] = numbers[at - 1] ?? 0;
    numbers[at] = number;
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
