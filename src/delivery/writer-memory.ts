import { join } from "node:path";
import type { TargetScope } from "../core/target-port.ts";
import { KeptMap } from "../state/kept-map.ts";
import { directoryName } from "./spill-directory.ts";

/** What a writer remembers, as plain data by key: with `--data` it outlives the process. */
export type WriterMemory<V> = KeptMap<V>;

/** Those of a process: writers that replace one another go on with the same. */
const OPEN = new WeakMap<TargetScope, Map<string, Promise<WriterMemory<unknown>>>>();

/**
 * What the writers of a target remember.
 *
 * @param label - For people who look at the directory.
 * @param id - What tells targets apart; it does not show.
 */
export function openMemory<V>(scope: TargetScope, label: string, id: string): Promise<WriterMemory<V>> {
  const maps = OPEN.get(scope) ?? new Map<string, Promise<WriterMemory<unknown>>>();
  OPEN.set(scope, maps);
  const name = directoryName(label, id);
  const map = maps.get(name) ?? openMap(scope, name);
  maps.set(name, map);
  return map as Promise<WriterMemory<V>>; // a target has writers of one kind
}

/** Saves what the writers of a thread remember. */
export async function closeMemories(scope: TargetScope): Promise<void> {
  const maps = await Promise.all(OPEN.get(scope)?.values() ?? []);
  await Promise.all(maps.map((map) => map.close()));
}

function openMap(
  { dataDir, clock, log, isVirtual = false }: TargetScope,
  name: string,
): Promise<WriterMemory<unknown>> {
  const dir = dataDir === null || isVirtual ? null : join(dataDir, "sinks", name);
  return KeptMap.open({ dir, what: "what a sink remembers", clock, log });
}
