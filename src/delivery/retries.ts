import type { Batch } from "./batch.ts";

/** One batch on its way. */
export interface Attempt<T> {
  readonly batch: Batch<T>;
  /** The number of its first item, of all that were sent. */
  readonly order: number;
  tries: number;
  /** When its last try began, on the clock that is never set. */
  begun: number;
  /** Not to be sent before, on the same clock. */
  due: number;
}

/** Batches that failed and are tried again, in the order of their items. */
export class Retries<T> {
  readonly #attempts: Attempt<T>[] = [];

  get first(): Attempt<T> | undefined {
    return this.#attempts[0];
  }

  shift(): Attempt<T> | undefined {
    return this.#attempts.shift();
  }

  /** Behind those that were sent before it. */
  add(attempt: Attempt<T>): void {
    const at = this.#attempts.findIndex(({ order }) => order > attempt.order);
    this.#attempts.splice(at < 0 ? this.#attempts.length : at, 0, attempt);
  }
}
