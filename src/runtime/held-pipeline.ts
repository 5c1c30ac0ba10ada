import type { Supervisor } from "../engine/supervisor.ts";
import { feedersOf } from "./joined-pipelines.ts";
import type { SavedState } from "./kept-state.ts";

/** A pipeline that waits for a replay to come to where it was saved; `null`: to the end. */
export interface HeldPipeline {
  readonly supervisor: Supervisor;
  /** Of one that feeds others, maybe theirs. `null`: it was not saved, or not at a place in the journal. */
  readonly saved: SavedState | null;
}

/**
 * The same, but those that feed others, by way of channels, and have nothing to go on with, wait for the first of these:
 * what that is to be given comes through them.
 *
 * @param onNew - Is told of each that was not saved at all.
 */
export function withFeeders(
  held: readonly HeldPipeline[],
  onNew: (supervisor: Supervisor) => void,
): readonly HeldPipeline[] {
  const all = held.map(({ supervisor }) => supervisor);
  const first = new Map<Supervisor, HeldPipeline>();
  for (const one of held.filter(({ saved }) => saved !== null).toSorted(bySaved))
    for (const feeder of feedersOf(one.supervisor, all)) if (!first.has(feeder)) first.set(feeder, one);
  return held.map((one) => {
    const fed = first.get(one.supervisor);
    const isKept = one.saved !== null && one.saved.bytes.length > 0;
    if (fed === undefined || isKept || bySaved(one, fed) <= 0) return one;
    if (one.saved === null) onNew(one.supervisor);
    return { ...one, saved: fed.saved };
  });
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
