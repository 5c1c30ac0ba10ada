import { join } from "node:path";
import type { TargetScope } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import { KeyedStore } from "../state/keyed-store.ts";
import { directoryName } from "./spill-directory.ts";

/** What a writer remembers, as plain data by key: with `--data` it outlives the process. */
export class WriterMemory<V> {
  readonly #values: Map<string, V>;
  readonly #disk: KeyedStore | null;

  constructor(disk: KeyedStore | null) {
    this.#disk = disk;
    const kept = [...(disk?.values ?? [])];
    this.#values = new Map(kept.map(([key, bytes]) => [key, JSON.parse(bytes.toString())]));
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** It is the newest then. */
  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    this.#disk?.set(key, Buffer.from(JSON.stringify(value)));
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#disk?.set(key, null);
  }

  /** The oldest first; of before the start in no order. */
  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.#values.entries();
  }

  close(): Promise<void> {
    return this.#disk?.close() ?? Promise.resolve();
  }
}

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

async function openMap(
  { dataDir, clock, log, isVirtual = false }: TargetScope,
  name: string,
): Promise<WriterMemory<unknown>> {
  if (dataDir === null || isVirtual) return new WriterMemory(null);
  const dir = join(dataDir, "sinks", name);
  const onError = (thrown: unknown): void => {
    if (thrown === null) log.info("what a sink remembers is on disk again", { dir });
    else
      log.error("what a sink remembers is not on disk, tried again every 5 s", {
        dir,
        error: coerceError(thrown).message,
      });
  };
  const onDamage = (segment: string, why: string): void =>
    log.error("a part of what a sink remembers cannot be read: it is set aside", { dir, segment, why });
  try {
    return new WriterMemory(await KeyedStore.open({ dir, files: NODE_FILES, clock, onDamage, onError }));
  } catch (thrown) {
    log.error("what a sink remembers is kept in memory alone", { dir, error: coerceError(thrown).message });
    return new WriterMemory(null);
  }
}
