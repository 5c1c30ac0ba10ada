import { usesIndex } from "../core/pipeline-edges.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { INDEX } from "../runtime/kept-state.ts";
import type { Snapshot } from "../state/snapshot-files.ts";
import { groupsOf } from "./placement.ts";

/** The names of what goes on together: pipelines that channels or the index join, with the index. */
export function snapshotGroups(pipelines: readonly DryRunPipeline[]): readonly (readonly string[])[] {
  return groupsOf(pipelines).map((group) => [
    ...group.map(({ name }) => name),
    ...(group.some(({ edges }) => usesIndex(edges)) ? [INDEX] : []),
  ]);
}

/**
 * What is saved of a group. With a journal the last that all have of one moment: the process may have ended while it wrote
 * one after the other. Without, and when there is none, the last of each.
 *
 * @param all - The snapshots of each, the last first.
 * @param dropLast - Forgets the last snapshot of one.
 */
export async function lastTogether(
  all: readonly (readonly Snapshot[])[],
  dropLast: (name: string) => Promise<void>,
): Promise<Snapshot[]> {
  const saved = all.filter((snapshots) => snapshots.length > 0);
  const common = saved[0]?.find(({ position }) => saved.every((snapshots) => snapshots.some(isAt(position))));
  const chosen: Snapshot[] = [];
  for (const snapshots of saved) {
    const one = (common && snapshots.find(isAt(common.position))) ?? snapshots[0];
    if (one === undefined) continue;
    if (one !== snapshots[0]) await dropLast(one.name);
    chosen.push(one);
  }
  return chosen;
}

function isAt(position: number): (snapshot: Snapshot) => boolean {
  return (snapshot) => snapshot.position === position;
}
