import type { Batch, Lease } from "./batch.ts";

/** What a store gave out and is not settled yet. */
export class Leases<T> {
  readonly #batches = new Map<Lease, Batch<T>>();
  items = 0;
  events = 0;
  bytes = 0;

  /** In the order in which they were given out, each as it was then. */
  get batches(): Iterable<Batch<T>> {
    return this.#batches.values();
  }

  /** Items that are not on disk, at most. */
  get freshItems(): number {
    let items = 0;
    for (const [lease, { shares }] of this.#batches) {
      const fresh = shares.reduce((sum, { number, count }) => (number === 0 ? sum + count : sum), 0);
      items += Math.min(lease.items, fresh);
    }
    return items;
  }

  /** Whether all that came until then is settled or on disk. */
  isSafe(until: number): boolean {
    for (const { born, shares } of this.#batches.values())
      if (born <= until && shares.some(({ number }) => number === 0)) return false;
    return true;
  }

  add(batch: Batch<T>): void {
    this.#batches.set(batch.lease, batch);
    this.items += batch.items.length;
    this.events += batch.events;
    this.bytes += batch.bytes;
  }

  /** Says whether all that was given out with a lease is on disk, with numbers before `end`. */
  before(end: number): (lease: Lease) => boolean {
    return (lease) =>
      this.#batches.get(lease)?.shares.every(({ number, count }) => number > 0 && number + count <= end) === true;
  }

  /** A batch, or a part of one, is delivered or given up. Returns the whole of it with its last part, else null. */
  settle({ items, events, bytes, lease }: Batch<T>): Batch<T> | null {
    const whole = this.#batches.get(lease);
    const isLast = items.length >= lease.items;
    // Bytes are estimates: the last part frees all that is left.
    const free = isLast ? lease.bytes : Math.min(bytes, lease.bytes);
    lease.items -= items.length;
    lease.bytes -= free;
    this.items -= items.length;
    this.events -= events;
    this.bytes -= free;
    if (!isLast || whole === undefined) return null;
    this.#batches.delete(lease);
    return whole;
  }
}
