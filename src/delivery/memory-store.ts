import type { Giver, TargetSettings } from "../core/target-port.ts";
import { Backlog } from "./backlog.ts";
import type { Batch, BatchLimits } from "./batch.ts";
import { Leases } from "./leases.ts";
import type { GivenItem, Store, StoreCounts } from "./store.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** Keeps the items of a target in memory: they end with the process. */
export class MemoryStore<T> implements Store<T> {
  settings: TargetSettings;
  readonly alerts = new WaitingAlerts();
  readonly #backlog: Backlog<T>;
  readonly #leases = new Leases<T>();

  constructor(settings: TargetSettings) {
    this.settings = settings;
    this.#backlog = new Backlog(settings.isForPeople === true ? this.alerts : null);
  }

  get waitingItems(): number {
    return this.#backlog.items;
  }

  get waitingEvents(): number {
    return this.#backlog.events;
  }

  get waitingBytes(): number {
    return this.#backlog.bytes;
  }

  get born(): number | null {
    return this.#backlog.born;
  }

  get heldItems(): number {
    return this.#backlog.items + this.#leases.items;
  }

  get spilledItems(): number {
    return 0;
  }

  readonly isKept = false;

  isSafe(until: number): boolean {
    const { born } = this.#backlog;
    return (born === null || born > until) && this.#leases.isSafe(until);
  }

  hasRoom(events: number, bytes: number, promised: StoreCounts): boolean {
    const heldEvents = this.#backlog.events + this.#leases.events + promised.events;
    const heldBytes = this.#backlog.bytes + this.#leases.bytes + promised.bytes;
    const { maxEvents, maxBytes } = this.settings;
    return heldEvents === 0 || (heldEvents + events <= maxEvents && heldBytes + bytes <= maxBytes);
  }

  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): void {
    this.#backlog.push(giver, item, events, bytes, now);
  }

  take(limits: BatchLimits): Batch<T> | null {
    const batch = this.#backlog.take(limits);
    if (batch === null) return null;
    this.#leases.add(batch);
    return batch;
  }

  dropOldest(): GivenItem<T> | null {
    return this.#backlog.dropOldest();
  }

  settle(batch: Batch<T>): void {
    this.#leases.settle(batch);
  }

  async close(): Promise<void> {}
}
