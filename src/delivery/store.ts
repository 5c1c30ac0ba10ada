import type { Giver, TargetSettings } from "../core/target-port.ts";
import type { Batch, BatchLimits } from "./batch.ts";
import type { WaitingAlerts } from "./waiting-alerts.ts";

export interface StoreCounts {
  readonly events: number;
  readonly bytes: number;
}

/** An item and who gave it. */
export interface GivenItem<T> {
  readonly giver: Giver<T>;
  readonly item: T;
}

/**
 * Where the items of a target are from when they are taken until they are settled. Waiting: the items that the next
 * batches are made of. Held: those and what was taken out and is not settled yet.
 */
export interface Store<T> {
  settings: TargetSettings;
  readonly waitingItems: number;
  readonly waitingEvents: number;
  readonly waitingBytes: number;
  /** When the oldest item that waits came, by `elapsed`; null when none waits. */
  readonly born: number | null;
  readonly heldItems: number;
  /** Of which alerts items wait, as far as they are in memory; none of a target that is not for people. */
  readonly alerts: WaitingAlerts;
  /** Those of them that outlive the process. */
  readonly spilledItems: number;
  /** Whether all that is held outlives the process when this is closed now. */
  readonly isKept: boolean;
  /** Whether there is room for an item beside what is promised. A larger one than the limits has room when it is alone. */
  hasRoom(events: number, bytes: number, promised: StoreCounts): boolean;
  /** @param now - By `elapsed`. */
  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): void;
  /** Takes the oldest items, as many as a batch holds, but one at least; null when there is none. */
  take(limits: BatchLimits): Batch<T> | null;
  /** Gives up the oldest item that waits; null when there is none. */
  dropOldest(): GivenItem<T> | null;
  /** A batch that was taken, or a part of one, is delivered or given up. */
  settle(batch: Batch<T>): void;
  /** Whether all that came until then, by `elapsed`, is settled or outlives the process. */
  isSafe(until: number): boolean;
  /** No more will come or be settled: keeps what is held, as far as it can. */
  close(): Promise<void>;
}
