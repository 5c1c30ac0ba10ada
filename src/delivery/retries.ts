import type { Share } from "../core/target-port.ts";
import { type Batch, type Lease, select } from "./batch.ts";

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

/** An attempt whose first `gone` items made room for others. It keeps its place without any: the target is left alone till then. */
interface Waiting<T> extends Attempt<T> {
  gone: number;
}

/** Batches that failed and are tried again, in the order of their items. */
export class Retries<T> {
  readonly #attempts: Waiting<T>[] = [];

  get first(): Attempt<T> | undefined {
    return this.#attempts[0];
  }

  /** When the oldest item came, by `elapsed`; infinity when there is none. */
  get born(): number {
    return this.#attempts.find(hasItems)?.batch.born ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the first out; null when all of it has made room. */
  shift(): Attempt<T> | null {
    const first = this.#attempts.shift();
    if (first === undefined || first.gone === 0) return first ?? null;
    const { gone, ...attempt } = first;
    const batch = select(attempt.batch, (index) => index >= gone);
    return batch && { ...attempt, batch };
  }

  /** Behind those that were sent before it. */
  add(attempt: Attempt<T>): void {
    const at = this.#attempts.findIndex(({ order }) => order > attempt.order);
    this.#attempts.splice(at < 0 ? this.#attempts.length : at, 0, { ...attempt, gone: 0 });
  }

  /** Takes the oldest item out, as a batch of its own; null when there is none. */
  takeOldest(): Batch<T> | null {
    const oldest = this.#attempts.find(hasItems);
    if (oldest === undefined) return null;
    const at = oldest.gone++;
    const { items, shares, bytes, born, lease } = oldest.batch;
    const share = shareAt(shares, at);
    if (share === undefined) return null;
    const events = share.count === 1 ? share.events : 1;
    const one = { giver: share.giver, count: 1, events, number: 0 };
    const some = Math.floor(bytes / items.length);
    return { items: items.slice(at, at + 1), shares: [one], events, bytes: some, born, lease };
  }

  /** Takes all items out that are from one of these. */
  takeFrom(isMeant: (lease: Lease) => boolean): Batch<T>[] {
    return this.#attempts.flatMap((attempt) => {
      if (!isMeant(attempt.batch.lease)) return [];
      const { batch, gone } = attempt;
      attempt.gone = batch.items.length;
      return select(batch, (index) => index >= gone) ?? [];
    });
  }
}

function shareAt<T>(shares: readonly Share<T>[], at: number): Share<T> | undefined {
  let end = 0;
  return shares.find(({ count }) => {
    end += count;
    return at < end;
  });
}

function hasItems<T>({ batch, gone }: Waiting<T>): boolean {
  return gone < batch.items.length;
}
