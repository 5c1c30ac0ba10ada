import type { DropReason } from "../core/stage.ts";
import type { TargetScope } from "../core/target-port.ts";
import { repeatedIn } from "./alert-mark.ts";
import { type Batch, select, settleDelivered, settleDropped } from "./batch.ts";
import type { DeliveryFailure } from "./failure.ts";
import type { TargetCounts } from "./report.ts";
import type { Store } from "./store.ts";
import type { TargetTrouble } from "./trouble.ts";

export interface BatchSettlementOptions<T> {
  readonly store: Store<T>;
  readonly counts: TargetCounts;
  readonly trouble: TargetTrouble;
  readonly scope: TargetScope;
}

/** What becomes of the batches of a target in the end: all who are to know hear of it. */
export class BatchSettlement<T> {
  readonly #options: BatchSettlementOptions<T>;

  constructor(options: BatchSettlementOptions<T>) {
    this.#options = options;
  }

  delivered(batch: Batch<T>): void {
    const { counts, scope, store, trouble } = this.#options;
    counts.lastSuccess = scope.clock.now();
    counts.delivered += batch.items.length;
    trouble.delivered();
    counts.deliveredEvents += batch.events;
    counts.batchSizes.add(batch.events);
    settleDelivered(batch);
    store.settle(batch);
  }

  gaveUp(batch: Batch<T>, reason: DropReason, failure: DeliveryFailure): void {
    const { trouble } = this.#options;
    const why = failure.answer || failure.message;
    this.#dropped(batch, reason, why);
    trouble.gaveUp(batch.items, `${reason}: ${why}`);
    trouble.dropped(batch.items.length, "the target did not take the events", failure);
  }

  /** What is left of a batch without what says that alerts still fire of which later items wait; null: nothing. */
  merge(batch: Batch<T>): Batch<T> | null {
    const { alerts } = this.#options.store;
    const isStale = batch.items.map((item) => repeatedIn(item)?.every((key) => alerts.has(key)) === true);
    const stale = select(batch, (index) => isStale[index] === true);
    if (stale === null) return batch;
    const rest = select(batch, (index) => isStale[index] === false);
    this.#dropped(stale, "merged", "");
    return rest;
  }

  #dropped(batch: Batch<T>, reason: DropReason, why: string): void {
    const { counts, store } = this.#options;
    settleDropped(batch, reason, why);
    store.settle(batch);
    counts.dropped[reason] += batch.items.length;
  }
}
