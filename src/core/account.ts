import type { Settlement } from "./settlement.ts";
import type { DropReason } from "./stage-reports.ts";

/**
 * The part of the ledger of a sink whose items wait in the queue of a target: over the end of its run as well. Taken =
 * queued + handed over + delivered + dropped.
 */
export interface Account {
  /** `count` of its items wait in a queue of this thread. */
  queued(count: number): void;
  /** `count` of the queued items reached the target. */
  delivered(count: number): void;
  /** `count` of the queued items are given up. */
  dropped(count: number, reason: DropReason): void;
  /** `count` of the queued items are another thread's now, which counts in `settlement` what becomes of them. */
  handedOver(count: number): void;
  readonly settlement: Settlement;
}
