import { DROP_REASONS, type DropReason } from "./stage-reports.ts";

/**
 * Where is counted what became of items that a sink's thread handed over: doubles in shared memory, which one other thread
 * writes. So the ledger is right when the sink's thread is gone.
 *
 *   counts: … [at: delivered, dropped by reason] …
 */
export interface Settlement {
  readonly counts: Float64Array;
  readonly at: number;
}

export const SETTLEMENT_WIDTH = 1 + DROP_REASONS.length;

export function settleDelivered({ counts, at }: Settlement, count: number): void {
  counts[at] = (counts[at] ?? 0) + count;
}

export function settleDropped({ counts, at }: Settlement, count: number, reason: DropReason): void {
  const slot = at + 1 + DROP_REASONS.indexOf(reason);
  counts[slot] = (counts[slot] ?? 0) + count;
}
