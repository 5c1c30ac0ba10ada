import type { Supervisor } from "../engine/supervisor.ts";
import { feedersOf } from "./joined-pipelines.ts";
import type { SavedState } from "./kept-state.ts";

/** A pipeline that waits for a replay to come to where it was saved; `null`: to the end. */
export interface HeldPipeline {
  readonly supervisor: Supervisor;
  /** For a new one that feeds it, too. `null`: it was not saved, or not at a place in the journal. */
  readonly saved: SavedState | null;
}

/**
 * The same, but those that are new and feed others, by way of channels, wait for the first of these: what that is to be
 * given comes through them.
 *
 * @param onNew - Is told of each.
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
    const fed = one.saved === null ? first.get(one.supervisor) : undefined;
    if (fed === undefined) return one;
    onNew(one.supervisor);
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
