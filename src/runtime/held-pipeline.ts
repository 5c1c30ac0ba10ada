import type { Supervisor } from "../engine/supervisor.ts";
import type { SavedState } from "./kept-state.ts";

/** A pipeline that waits for a replay to come to where it was saved; `null`: to the end. */
export interface HeldPipeline {
  readonly supervisor: Supervisor;
  /** `null`: it was not saved, or not at a place in the journal. */
  readonly saved: SavedState | null;
}

/** The one first that was saved first: of one time, as several records may have, the one that had come to an earlier one. */
export function bySaved({ saved: a }: HeldPipeline, { saved: b }: HeldPipeline): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.elapsed - b.elapsed || a.position - b.position;
}
