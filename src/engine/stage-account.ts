import type { Account } from "../core/account.ts";
import type { Settlement } from "../core/settlement.ts";
import type { DropReason } from "../core/stage.ts";
import { add, DELIVERED, droppedSlot, HANDED, PENDING, QUEUED, rowAt, SETTLED } from "./ledger.ts";

/** A sink's line of the ledger, for what waits in the queues of targets. */
export class StageAccount implements Account {
  readonly #counts: Float64Array;
  readonly #base: number;

  constructor(counts: Float64Array, row: number) {
    this.#counts = counts;
    this.#base = rowAt(row);
  }

  queued(count: number): void {
    add(this.#counts, this.#base + PENDING, count);
    add(this.#counts, this.#base + QUEUED, count);
  }

  delivered(count: number): void {
    this.#gone(count);
    add(this.#counts, this.#base + DELIVERED, count);
  }

  dropped(count: number, reason: DropReason): void {
    this.#gone(count);
    add(this.#counts, this.#base + droppedSlot(reason), count);
  }

  handedOver(count: number): void {
    this.#gone(count);
    add(this.#counts, this.#base + HANDED, count);
  }

  get settlement(): Settlement {
    return { counts: this.#counts, at: this.#base + SETTLED };
  }

  #gone(count: number): void {
    add(this.#counts, this.#base + PENDING, -count);
    add(this.#counts, this.#base + QUEUED, -count);
  }
}
