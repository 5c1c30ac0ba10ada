import type { DropReason } from "../core/stage.ts";
import type { Giver, Share } from "../core/target-port.ts";

/** What one write sends: items in order, and whose they are. */
export interface Batch<T> {
  readonly items: readonly T[];
  readonly shares: readonly Share<T>[];
  readonly events: number;
  readonly bytes: number;
  /** When its oldest item came, by `elapsed`. */
  readonly born: number;
  readonly lease: Lease;
}

/** Some items and who gave them. */
export interface GivenItems<T> {
  readonly giver: Giver<T>;
  readonly items: readonly T[];
}

/** What is not settled yet of the items that a store gave out together; all parts of that batch share it. */
export interface Lease {
  items: number;
  bytes: number;
}

/** The most a batch holds. */
export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
}

/** Tells each giver that its items reached the target. */
export function settleDelivered<T>({ shares }: Batch<T>): void {
  for (const { giver, count } of shares) giver.delivered(count);
}

/** Tells each giver that its items are given up. */
export function settleDropped<T>(batch: Batch<T>, reason: DropReason, answer: string): void {
  for (const { giver, items } of partsOf(batch)) giver.dropped(items, reason, answer);
}

/** The items of a batch by giver. */
export function* partsOf<T>({ shares, items }: Batch<T>): Generator<GivenItems<T>> {
  let from = 0;
  for (const { giver, count } of shares) {
    yield { giver, items: items.slice(from, from + count) };
    from += count;
  }
}

/** The items of a batch for which `isWanted` holds, as a batch; null when there are none. */
export function select<T>(batch: Batch<T>, isWanted: (index: number) => boolean): Batch<T> | null {
  const items: T[] = [];
  const shares: Share<T>[] = [];
  let [at, events] = [0, 0];
  for (const { giver, count, events: all } of batch.shares) {
    const before = items.length;
    for (const end = at + count; at < end; at++) {
      const item = batch.items[at];
      if (item !== undefined && isWanted(at)) items.push(item);
    }
    const taken = items.length - before;
    if (taken === 0) continue;
    const share = { giver, count: taken, events: taken === count ? all : taken, number: 0 };
    shares.push(share);
    events += share.events;
  }
  if (items.length === 0) return null;
  return {
    items,
    shares,
    events,
    bytes: Math.ceil((batch.bytes * items.length) / batch.items.length),
    born: batch.born,
    lease: batch.lease,
  };
}

/** A batch as two, the older items first. Of one item there is nothing to divide. */
export function halve<T>(batch: Batch<T>): readonly Batch<T>[] {
  const middle = batch.items.length >> 1;
  return [select(batch, (index) => index < middle), select(batch, (index) => index >= middle)].flatMap(
    (half) => half ?? [],
  );
}
