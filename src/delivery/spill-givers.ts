import type { Giver } from "../core/target-port.ts";
import { NOBODY } from "./books.ts";

interface Debt {
  readonly giver: Giver<unknown>;
  /** Its items that are on disk alone. */
  items: number;
}

/** Whose items are on disk alone: there a number stands for each giver. */
export class SpillGivers<T> {
  readonly #numbers = new Map<Giver<T>, number>();
  readonly #debts = new Map<number, Debt>();
  /** Numbers of items that were given up, and are on disk all the same: they had their places there. */
  readonly gaps = new Set<number>();
  /** Never used twice: older entries stay on disk. */
  #next = 1;

  numberOf(giver: Giver<T>): number {
    const known = this.#numbers.get(giver);
    if (known !== undefined) return known;
    this.#numbers.set(giver, this.#next);
    this.#debts.set(this.#next, { giver: giver as Giver<unknown>, items: 0 });
    return this.#next++;
  }

  giverOf(number: number): Giver<T> {
    return (this.#debts.get(number)?.giver ?? NOBODY) as Giver<T>;
  }

  /** Items of a giver leave the memory, or with a negative count come back. */
  add(giver: Giver<T>, items: number): void {
    const debt = this.#debts.get(this.#numbers.get(giver) ?? 0);
    if (debt !== undefined) debt.items += items;
  }

  /** Nothing is on disk alone any more: what did not come back is lost. */
  clear(): void {
    for (const { giver, items } of this.#debts.values()) if (items > 0) giver.lost(items);
    this.#numbers.clear();
    this.#debts.clear();
    this.gaps.clear();
  }
}
