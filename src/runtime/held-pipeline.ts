import type { Supervisor } from "../engine/supervisor.ts";
import type { SavedState } from "./kept-state.ts";

/** A pipeline that waits for a replay to come to where it was saved; `null`: to the end. */
export interface HeldPipeline {
  readonly supervisor: Supervisor;
  /** `null`: it was not saved, or not at a place in the journal. */
  readonly saved: SavedState | null;
}

/** The last of several parts that a pipeline goes on from; those that were saved before miss events that came between. */
export function lastSaved(parts: readonly SavedState[]): { readonly last: SavedState | null; readonly missed: number } {
  const [last = null] = parts.toSorted((a, b) => b.position - a.position || b.elapsed - a.elapsed);
  const first = Math.min(...parts.map(({ position }) => position));
  return { last, missed: last === null ? 0 : last.position - first };
}

/** The one first that was saved first: of one time, as several records may have, the one that had come to an earlier one. */
export function bySaved({ saved: a }: HeldPipeline, { saved: b }: HeldPipeline): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.elapsed - b.elapsed || a.position - b.position;
}
