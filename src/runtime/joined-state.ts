import { isDeepStrictEqual } from "node:util";
import { partitionOf, type SpreadField } from "../core/spread.ts";
import { listOf, type Plain } from "../core/state.ts";
import type { SavedPipeline } from "../engine/saved-pipeline.ts";
import { isTable, joinTables } from "../kit/saved-table.ts";

/** Whose state is wanted. */
export interface PartitionFilter {
  /** The field by which it is spread; `null`: all of it is. */
  readonly field: SpreadField | null;
  /** Which partitions are those of the worker. */
  readonly mine: Uint8Array;
}

/**
 * What a pipeline keeps in one worker, from what it kept in others: of all that is kept apart, the keys that this worker
 * gets. Of several versions of its stages the one that was saved last counts.
 */
export function joinPipelines(saved: readonly SavedPipeline[], wanted: PartitionFilter): SavedPipeline | null {
  const newest = saved.reduce<SavedPipeline | null>(
    (last, one) => (last === null || one.now > last.now ? one : last),
    null,
  );
  if (newest === null) return null;
  const alike = saved.filter(({ layout }) => isDeepStrictEqual(layout, newest.layout));
  const [places = []] = listOf(newest.layout);
  const others = alike.filter((one) => one !== newest);
  return {
    ...newest,
    run: joinChains(
      listOf(places),
      [newest, ...others].map(({ run }) => run),
      wanted,
    ),
  };
}

/** The state of the index likewise. */
export function joinIndexes(saved: readonly Plain[], wanted: PartitionFilter): Plain {
  const [first] = saved;
  if (first === undefined) return null;
  const [lookedAt = null, gaps = null] = listOf(first);
  const tables = saved.map((one) => listOf(one)[2] ?? null);
  return [lookedAt, gaps, joinTables(tables, (fields) => isWantedBy(fields, wanted))];
}

function joinChains(places: readonly Plain[], chains: readonly Plain[], wanted: PartitionFilter): Plain {
  return places.map((place, at) =>
    joinStages(
      place,
      chains.map((chain) => listOf(chain)[at] ?? null),
      wanted,
    ),
  );
}

/** @param place - As `saveLayout` made it. */
function joinStages(place: Plain, stages: readonly Plain[], wanted: PartitionFilter): Plain {
  const [, lists = []] = listOf(place);
  const present = stages.filter((stage) => stage !== null).map(listOf);
  const [first] = present;
  if (first === undefined) return null;
  const parts = listOf(first[0] ?? []).map((part, at) => {
    if (!isTable(part)) return part;
    const tables = present.map(([own = []]) => listOf(own)[at] ?? null).filter(isTable);
    return joinTables(tables, (fields) => isWantedBy(fields, wanted));
  });
  const branches = listOf(first[1] ?? []).map((one, at, all) => {
    if (at % 2 === 0) return one;
    const inside = insideOf(listOf(lists), all[at - 1] ?? null);
    return joinChains(
      inside,
      present.map(([, own = []]) => listOf(own)[at] ?? null),
      wanted,
    );
  });
  return branches.length > 0 ? [parts, branches] : [parts];
}

function insideOf(lists: readonly Plain[], name: Plain): readonly Plain[] {
  const at = lists.indexOf(name);
  return at < 0 ? [] : listOf(lists[at + 1] ?? []);
}

/** Whether a key is of the worker. Of a key without the field by which events are spread, nothing is known. */
function isWantedBy(fields: readonly Plain[], { field, mine }: PartitionFilter): (key: readonly Plain[]) => boolean {
  if (field === null) return () => true;
  const at = fields.indexOf(field);
  if (at < 0) return () => false;
  return (key) => {
    const value = key[at] ?? null;
    return (value === null || typeof value === "string") && mine[partitionOf(value)] === 1;
  };
}
