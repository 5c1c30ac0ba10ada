import { SETTLEMENT_WIDTH } from "../core/settlement.ts";
import { DROP_REASONS, type DropReason, EVICTION_REASONS, type EvictionReason } from "../core/stage.ts";
import { LOST_REASONS, type LostReason, type PipelineReport, type PipelineState, type StageReport } from "./report.ts";

/*
 * The counts of one pipeline, as doubles in shared memory: its thread writes, the main thread reads them at any time,
 * also when the thread hangs or is gone.
 *
 *   [ pipeline: STATE RESTARTS OFFERED … EMITTED LOST×5 ] [ row 0: RECEIVED … ] [ row 1: … ] …
 *
 * A number, not a field of an object: `counts[slot] += 1` is a load, an add and a store (bench: stages).
 */
export const STATE = 0;
export const RESTARTS = 1;
export const OFFERED = 2;
export const ACCEPTED = 3;
export const SHED = 4;
export const INBOX = 5;
export const EMITTED = 6;
export const STATE_BYTES = 7;
export const PIPELINE_LOST = 8;
const PIPELINE_WIDTH = PIPELINE_LOST + LOST_REASONS.length;

export const RECEIVED = 0;
export const HANDLED = 1;
export const WAITING = 2;
export const DELIVERED = 3;
export const PENDING = 4;
export const LOST = 5;
const DROPPED = LOST + LOST_REASONS.length;
const EVICTED = DROPPED + DROP_REASONS.length;
/** Of what is pending, what waits in the queues of targets: these outlive the run. */
export const QUEUED = EVICTED + EVICTION_REASONS.length;
/** What another thread was given for its targets, in all. It counts in `SETTLED` what became of it. */
export const HANDED = QUEUED + 1;
export const SETTLED = HANDED + 1;
const ROW_WIDTH = SETTLED + SETTLEMENT_WIDTH;

const STATES: readonly PipelineState[] = ["running", "stalled", "failed", "stopped"];

/** The slot of row `row`'s first count. */
export function rowAt(row: number): number {
  return PIPELINE_WIDTH + row * ROW_WIDTH;
}

export function lostSlot(base: number, reason: LostReason): number {
  return base + LOST_REASONS.indexOf(reason);
}

export function droppedSlot(reason: DropReason): number {
  return DROPPED + DROP_REASONS.indexOf(reason);
}

export function evictedSlot(reason: EvictionReason): number {
  return EVICTED + EVICTION_REASONS.indexOf(reason);
}

export function newCounts(rows: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(rowAt(rows) * Float64Array.BYTES_PER_ELEMENT));
}

export function add(counts: Float64Array, slot: number, amount: number): void {
  counts[slot] = (counts[slot] ?? 0) + amount;
}

export function stateOf(counts: Float64Array): PipelineState {
  return STATES[counts[STATE] ?? 0] ?? "stopped";
}

export function setState(counts: Float64Array, state: PipelineState): void {
  counts[STATE] = STATES.indexOf(state);
}

/** Adds the counts of one list of places to those of another; unknown places are skipped. The state stays. */
export function addAligned(
  counts: Float64Array,
  places: readonly string[],
  more: Float64Array,
  from: readonly string[],
): void {
  for (let slot = STATE + 1; slot < PIPELINE_WIDTH; slot++) add(counts, slot, more[slot] ?? 0);
  for (const [row, place] of from.entries()) {
    if (!places.includes(place)) continue;
    const to = rowAt(places.indexOf(place));
    for (let slot = 0; slot < ROW_WIDTH; slot++) add(counts, to + slot, more[rowAt(row) + slot] ?? 0);
  }
}

/**
 * Closes the books of a thread that is gone: what it had not finished is lost to `worker`, what its sinks still held is
 * dropped, but for what it had handed over. Afterwards every line balances. Returns how many events that were.
 */
export function writeOff(counts: Float64Array, rows: number): number {
  const at = (slot: number): number => counts[slot] ?? 0;
  const lost = (base: number): number => LOST_REASONS.reduce((sum, _, i) => sum + at(base + i), 0);
  let total = 0;
  const lose = (slot: number, amount: number): void => {
    add(counts, slot, amount);
    total += amount;
  };
  for (let row = 0; row < rows; row++) {
    const base = rowAt(row);
    lose(lostSlot(base + LOST, "worker"), at(base + RECEIVED) - at(base + HANDLED) - lost(base + LOST));
    counts[base + WAITING] = 0;
    lose(base + droppedSlot("failed"), at(base + PENDING));
    counts[base + PENDING] = 0;
    counts[base + QUEUED] = 0;
  }
  lose(lostSlot(PIPELINE_LOST, "worker"), at(ACCEPTED) - takenBy(counts, rows) - lost(PIPELINE_LOST));
  counts[INBOX] = 0;
  counts[STATE_BYTES] = 0;
  return total;
}

/** Events that a stopped pipeline lost: those in its inbox and mailboxes, and those its sinks still held themselves. */
export function lostAtStop(counts: Float64Array, rows: number): number {
  let total = counts[lostSlot(PIPELINE_LOST, "stop")] ?? 0;
  for (let row = 0; row < rows; row++)
    total += (counts[lostSlot(rowAt(row) + LOST, "stop")] ?? 0) + heldBySink(counts, row);
  return total;
}

/** Events that a sink holds: neither delivered nor dropped nor in the queue of a target. */
export function heldBySink(counts: Float64Array, row: number): number {
  return (counts[rowAt(row) + PENDING] ?? 0) - (counts[rowAt(row) + QUEUED] ?? 0);
}

/** What another thread still holds of what a sink handed over. */
function heldElsewhere(counts: Float64Array, row: number): number {
  const base = rowAt(row);
  let held = counts[base + HANDED] ?? 0;
  for (let slot = 0; slot < SETTLEMENT_WIDTH; slot++) held -= counts[base + SETTLED + slot] ?? 0;
  return held;
}

/** Whether another thread still holds something of what a pipeline's sinks handed over. */
export function isHeldElsewhere(counts: Float64Array, rows: number): boolean {
  for (let row = 0; row < rows; row++) if (heldElsewhere(counts, row) > 0) return true;
  return false;
}

/** Events that the first stage of a pipeline received. */
export function takenBy(counts: Float64Array, rows: number): number {
  return (rows > 0 ? counts[rowAt(0) + RECEIVED] : counts[EMITTED]) ?? 0;
}

/** The counts as people and programs read them. */
export function readLedger(
  counts: Float64Array,
  places: readonly string[],
  about: Pick<PipelineReport, "name" | "file" | "line" | "worker" | "workers" | "placement">,
  taken = takenBy(counts, places.length),
): PipelineReport {
  const at = (slot: number): number => counts[slot] ?? 0;
  const named = <R extends string>(names: readonly R[], ...bases: readonly number[]): Record<R, number> => {
    const record = {} as Record<R, number>;
    for (const [i, name] of names.entries()) record[name] = bases.reduce((sum, base) => sum + at(base + i), 0);
    return record;
  };
  const stages = places.map((place, row): StageReport => {
    const base = rowAt(row);
    return {
      place,
      received: at(base + RECEIVED),
      handled: at(base + HANDLED),
      waiting: at(base + WAITING),
      lost: named(LOST_REASONS, base + LOST),
      delivered: at(base + DELIVERED) + at(base + SETTLED),
      pending: at(base + PENDING) + heldElsewhere(counts, row),
      dropped: named(DROP_REASONS, base + DROPPED, base + SETTLED + 1),
      evicted: named(EVICTION_REASONS, base + EVICTED),
    };
  });
  return {
    ...about,
    state: stateOf(counts),
    restarts: at(RESTARTS),
    offered: at(OFFERED),
    accepted: at(ACCEPTED),
    shed: at(SHED),
    taken,
    inbox: at(INBOX),
    emitted: at(EMITTED),
    stateBytes: at(STATE_BYTES),
    lost: named(LOST_REASONS, PIPELINE_LOST),
    stages,
  };
}

/** Whether events are in mailboxes or being handled. */
export function isWaiting(counts: Float64Array, rows: number): boolean {
  for (let row = 0; row < rows; row++) if ((counts[rowAt(row) + WAITING] ?? 0) > 0) return true;
  return false;
}

/** Whether a pipeline has stopped with nothing left to count. */
export function isOver(counts: Float64Array, rows: number): boolean {
  const at = (slot: number): number => counts[slot] ?? 0;
  if (STATES[at(STATE)] !== "stopped" || at(INBOX) > 0) return false;
  for (let row = 0; row < rows; row++) if (at(rowAt(row) + WAITING) + at(rowAt(row) + PENDING) > 0) return false;
  return !isHeldElsewhere(counts, rows);
}
