import { type Context, DROP_REASONS, EVICTION_REASONS, show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import type { StagePosition } from "./layout.ts";
import { add, DELIVERED, droppedSlot, evictedSlot, heldBySink, PENDING, rowAt } from "./ledger.ts";

type Reports = Pick<Context, "delivered" | "dropped" | "evicted" | "pending">;

/** What a stage at `place` says of the events it took goes into the books, when it makes sense. */
export function delivered(counts: Float64Array, place: StagePosition): Reports["delivered"] {
  return (count) => {
    checkCount(place, count);
    add(counts, rowAt(place.row) + DELIVERED, count);
    add(counts, rowAt(place.row) + PENDING, -count);
  };
}

export function dropped(counts: Float64Array, place: StagePosition): Reports["dropped"] {
  return (count, reason) => {
    checkCount(place, count);
    checkReason(place, reason, DROP_REASONS);
    add(counts, rowAt(place.row) + droppedSlot(reason), count);
    // A stage that is no sink has nothing pending.
    if (isHolding(counts, place)) add(counts, rowAt(place.row) + PENDING, -count);
  };
}

export function evicted(counts: Float64Array, place: StagePosition): Reports["evicted"] {
  return (count, reason) => {
    checkCount(place, count);
    checkReason(place, reason, EVICTION_REASONS);
    add(counts, rowAt(place.row) + evictedSlot(reason), count);
  };
}

export function pending(counts: Float64Array, place: StagePosition): Reports["pending"] {
  return (count) => {
    checkCount(place, count);
    add(counts, rowAt(place.row) + PENDING, count);
  };
}

/** Whether a sink, any copy of it, holds events: neither delivered nor dropped nor in the queue of a target. */
export function isHolding(counts: Float64Array, { row }: StagePosition): boolean {
  return heldBySink(counts, row) > 0;
}

/** A report that made no sense would unbalance the books for good. */
function checkCount({ name }: StagePosition, count: unknown): void {
  if (Number.isSafeInteger(count) && Number(count) >= 0) return;
  const problem = `${name}: a report's count must be a whole number >= 0, got ${show(count)}`;
  throw new FastTsError("FTS_STAGE_MISUSE", problem);
}

function checkReason({ name }: StagePosition, reason: unknown, reasons: readonly unknown[]): void {
  if (reasons.includes(reason)) return;
  const problem = `${name}: a report's reason must be one of ${reasons.join(", ")}, got ${show(reason)}`;
  throw new FastTsError("FTS_STAGE_MISUSE", problem);
}
