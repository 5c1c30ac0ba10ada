import type { Log } from "../core/log.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { ownerOf } from "../core/spread.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { groupsOf } from "../routes/joined-pipelines.ts";
import type { SavedState } from "../runtime/kept-state.ts";
import type { Snapshot } from "../state/snapshot-files.ts";
import { indexOf, shown } from "./state-names.ts";
import type { StateSource } from "./state-sources.ts";

const APART =
  "pipelines that give each other events go on from different moments: what the later ones gave in between is missing";

/** A pipeline, or a part of one, by the name of its state. */
export type StateOwner = Pick<DryRunPipeline, "name" | "edges">;

/** The names of the states of these, and of the index for those that use it. */
export function withIndex(pipelines: readonly StateOwner[]): ReadonlySet<string> {
  return new Set(pipelines.flatMap(({ name, edges }) => (usesIndex(edges) ? [name, indexOf(name)] : [name])));
}

/** The names of what goes on together: pipelines, or their parts in one worker, that channels or the index join, with the index. */
export function snapshotGroups(pipelines: readonly StateOwner[]): readonly (readonly string[])[] {
  const labels = [...new Set(pipelines.map(({ name }) => ownerOf(name).label))];
  const together = labels.flatMap((label) => groupsOf(pipelines.filter(({ name }) => ownerOf(name).label === label)));
  return together.map((group) => {
    const user = group.find(({ edges }) => usesIndex(edges));
    return [...group.map(({ name }) => name), ...(user === undefined ? [] : [indexOf(user.name)])];
  });
}

/**
 * What is saved of groups; of each as {@link lastTogether} says.
 *
 * @param log - Told of a group that goes on from different moments, with a journal.
 */
export async function savedTogether(
  groups: readonly (readonly StateSource[])[],
  read: (name: string) => Promise<readonly Snapshot[]>,
  dropLast: (name: string) => Promise<void>,
  log: Log,
): Promise<readonly SavedState[]> {
  const found: SavedState[] = [];
  for (const group of groups) {
    const all: (readonly Snapshot[])[] = [];
    for (const { from } of group) all.push(await read(from));
    const last = await lastTogether(all, dropLast);
    // Parts in different workers give each other nothing; what one of them misses is told of when it starts.
    for (const label of new Set(last.map(labelOf))) {
      const inOne = last.filter((one) => labelOf(one) === label);
      if (areApart(inOne)) log.warn(APART, { pipelines: inOne.map(({ name }) => shown(name)) });
    }
    for (const { name, from } of group) {
      const snapshot = last.find((one) => one.name === from);
      if (snapshot !== undefined) found.push(from === name ? snapshot : { ...snapshot, name, from });
    }
  }
  return found;
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
  const common = saved[0]?.find((moment) => saved.every((snapshots) => snapshots.some(isAt(moment))));
  const chosen: Snapshot[] = [];
  for (const snapshots of saved) {
    const one = (common && snapshots.find(isAt(common))) ?? snapshots[0];
    if (one === undefined) continue;
    if (one !== snapshots[0]) await dropLast(one.name);
    chosen.push(one);
  }
  return chosen;
}

/** Whether one goes on from an earlier moment than another, which was there by then and may have given it something since. */
function areApart(snapshots: readonly Snapshot[]): boolean {
  const ofJournal = snapshots.filter(({ position }) => position >= 0);
  const last = Math.max(...ofJournal.map(({ bytes, elapsed }) => (bytes.length > 0 ? elapsed : 0)));
  return ofJournal.some(({ elapsed }) => elapsed < last);
}

/** The worker that saved it. */
function labelOf({ name }: Snapshot): string {
  return ownerOf(name).label;
}

function isAt({ position, elapsed }: Snapshot): (snapshot: Snapshot) => boolean {
  return (snapshot) => snapshot.position === position && snapshot.elapsed === elapsed;
}
