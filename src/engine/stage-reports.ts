import { type Context, DROP_REASONS, type DropReason, show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import type { Place } from "./layout.ts";
import { add, DELIVERED, droppedSlot, PENDING, rowAt } from "./ledger.ts";

type Reports = Pick<Context, "delivered" | "dropped" | "pending">;

/** What a stage at `place` says of the events it took goes into the books, when it makes sense. */
export function delivered(counts: Float64Array, place: Place): Reports["delivered"] {
  return (count) => {
    check(place, count);
    add(counts, rowAt(place.row) + DELIVERED, count);
    add(counts, rowAt(place.row) + PENDING, -count);
  };
}

export function dropped(counts: Float64Array, place: Place): Reports["dropped"] {
  return (count, reason) => {
    check(place, count, reason);
    add(counts, rowAt(place.row) + droppedSlot(reason), count);
    // A stage that is no sink has nothing pending.
    if (isHolding(counts, place)) add(counts, rowAt(place.row) + PENDING, -count);
  };
}

export function pending(counts: Float64Array, place: Place): Reports["pending"] {
  return (count) => {
    check(place, count);
    add(counts, rowAt(place.row) + PENDING, count);
  };
}

/** Whether a sink, any copy of it, holds events that are neither delivered nor dropped. */
export function isHolding(counts: Float64Array, { row }: Place): boolean {
  return (counts[rowAt(row) + PENDING] ?? 0) > 0;
}

/** A report that made no sense would unbalance the books for good. */
function check({ name }: Place, count: unknown, reason: DropReason = "failed"): void {
  if (!Number.isSafeInteger(count) || Number(count) < 0)
    throw new FastTsError(
      "FTS_STAGE_MISUSE",
      `${name}: a report's count must be a whole number >= 0, got ${show(count)}`,
    );
  if (!DROP_REASONS.includes(reason))
    throw new FastTsError(
      "FTS_STAGE_MISUSE",
      `${name}: dropped(reason) must be one of ${DROP_REASONS.join(", ")}, got ${show(reason)}`,
    );
}
