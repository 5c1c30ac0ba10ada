import type { Giver, TargetSettings } from "../core/target-port.ts";
import type { Batch, BatchLimits, Lease } from "./batch.ts";
import type { GivenItem, Store, StoreCounts } from "./store.ts";
import type { WaitingAlerts } from "./waiting-alerts.ts";

/** So many events at a time go from one store to the other: they count as being as old as the oldest of them. */
const MOVED = { events: 500, bytes: Number.POSITIVE_INFINITY };

/** The store of a target, which another may take the place of: what waits goes over, what is under way is settled where it was. */
export class ReplaceableStore<T> implements Store<T> {
  #now: Store<T>;
  /** Those of before, while something of theirs is under way. */
  #before: Store<T>[] = [];
  readonly #owners = new WeakMap<Lease, Store<T>>();

  constructor(store: Store<T>) {
    this.#now = store;
  }

  replace(store: Store<T>): void {
    const before = this.#now;
    for (let batch = before.take(MOVED); batch !== null; batch = before.take(MOVED)) {
      const bytes = Math.ceil(batch.bytes / batch.items.length);
      let at = 0;
      for (const { giver, count, events } of batch.shares) {
        for (const item of batch.items.slice(at, at + count))
          store.push(giver, item, count === 1 ? events : 1, bytes, batch.born);
        at += count;
      }
      before.settle(batch);
    }
    this.#now = store;
    this.#before.push(before);
    this.#forget();
  }

  get settings(): TargetSettings {
    return this.#now.settings;
  }

  set settings(settings: TargetSettings) {
    this.#now.settings = settings;
  }

  get waitingItems(): number {
    return this.#now.waitingItems;
  }

  get waitingEvents(): number {
    return this.#now.waitingEvents;
  }

  get waitingBytes(): number {
    return this.#now.waitingBytes;
  }

  get born(): number | null {
    return this.#now.born;
  }

  get heldItems(): number {
    return this.#before.reduce((sum, { heldItems }) => sum + heldItems, this.#now.heldItems);
  }

  get spilledItems(): number {
    return this.#now.spilledItems;
  }

  get alerts(): WaitingAlerts {
    return this.#now.alerts;
  }

  get isKept(): boolean {
    return this.#before.length === 0 && this.#now.isKept;
  }

  isSafe(until: number): boolean {
    return [this.#now, ...this.#before].every((store) => store.isSafe(until));
  }

  hasRoom(events: number, bytes: number, promised: StoreCounts): boolean {
    return this.#now.hasRoom(events, bytes, promised);
  }

  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): void {
    this.#now.push(giver, item, events, bytes, now);
  }

  take(limits: BatchLimits): Batch<T> | null {
    const batch = this.#now.take(limits);
    if (batch !== null) this.#owners.set(batch.lease, this.#now);
    return batch;
  }

  dropOldest(): GivenItem<T> | null {
    return this.#now.dropOldest();
  }

  settle(batch: Batch<T>): void {
    this.#owners.get(batch.lease)?.settle(batch);
    this.#forget();
  }

  async close(): Promise<void> {
    await Promise.all([this.#now, ...this.#before].map((store) => store.close()));
  }

  #forget(): void {
    this.#before = this.#before.filter(({ heldItems }) => heldItems > 0);
  }
}
