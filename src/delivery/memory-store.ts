import type { Giver } from "../core/target-port.ts";
import { Backlog } from "./backlog.ts";
import { type Batch, type BatchLimits, release } from "./batch.ts";
import type { GivenItem, Store, StoreCounts, StoreLimits } from "./store.ts";

/** Keeps the items of a target in memory: they end with the process. */
export class MemoryStore<T> implements Store<T> {
  limits: StoreLimits;
  readonly #backlog = new Backlog<T>();
  /** What was taken out and is not settled yet. */
  readonly #out = { items: 0, events: 0, bytes: 0 };

  constructor(limits: StoreLimits) {
    this.limits = limits;
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
    return this.#backlog.items + this.#out.items;
  }

  hasRoom(events: number, bytes: number, promised: StoreCounts): boolean {
    const heldEvents = this.#backlog.events + this.#out.events + promised.events;
    const heldBytes = this.#backlog.bytes + this.#out.bytes + promised.bytes;
    const { maxEvents, maxBytes } = this.limits;
    return heldEvents === 0 || (heldEvents + events <= maxEvents && heldBytes + bytes <= maxBytes);
  }

  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): void {
    this.#backlog.push(giver, item, events, bytes, now);
  }

  take(limits: BatchLimits): Batch<T> | null {
    const batch = this.#backlog.take(limits);
    if (batch === null) return null;
    this.#out.items += batch.items.length;
    this.#out.events += batch.events;
    this.#out.bytes += batch.bytes;
    return batch;
  }

  dropOldest(): GivenItem<T> | null {
    return this.#backlog.dropOldest();
  }

  settle(batch: Batch<T>): void {
    this.#out.bytes -= release(batch);
    this.#out.items -= batch.items.length;
    this.#out.events -= batch.events;
  }
}
