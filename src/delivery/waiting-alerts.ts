import { marksIn } from "./alert-mark.ts";

/** Of which alerts items wait. */
export class WaitingAlerts {
  readonly #counts = new Map<string, number>();

  has(key: string): boolean {
    return this.#counts.has(key);
  }

  /** The items come, or with -1 they go. */
  count(items: readonly unknown[], by: 1 | -1): void {
    for (const { key } of items.flatMap(marksIn)) {
      const count = (this.#counts.get(key) ?? 0) + by;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }
}
