import type { Clock } from "../core/clock.ts";
import type { DropReason } from "../core/stage.ts";
import type { Damage } from "../state/damage.ts";
import type { GivenItems, Lease } from "./batch.ts";
import type { ItemCodec } from "./item-codec.ts";
import type { SpillTrouble } from "./spill-disk.ts";
import type { SpillLogs } from "./spill-logs.ts";

/** What a store on disk is given, and whom it tells. */
export interface SpillStoreOptions<T> {
  readonly codec: ItemCodec;
  readonly clock: Clock;
  /** Opens the logs; rejects when the disk does not allow it. */
  open(onDamage: (damage: Damage) => void): Promise<SpillLogs>;
  /** There may be something to send, or room. */
  changed(): void;
  /** Gives up what failed, waits for its next try and is from one of these. */
  dropRetries(isMeant: (lease: Lease) => boolean): GivenItems<T>[];
  /** Items of an earlier process, or of a thread that ended, were found on disk. */
  recovered(items: number): void;
  /** Items are given up, and their giver knows. */
  dropped(items: number, reason: DropReason, message: string, fields: Record<string, unknown>): void;
  /** These are among them. */
  gaveUp(items: readonly unknown[], why: string): void;
  /** The disk fails; null: it works again. */
  failed(error: Error | null, fault: SpillTrouble): void;
}
