import type { Clock } from "../core/clock.ts";
import type { StageLog } from "../core/stage.ts";
import { coerceError } from "../errors.ts";
import { type Damage, logDamage } from "./damage.ts";
import { type FileLayer, NODE_FILES } from "./file-layer.ts";
import { KeyedStore } from "./keyed-store.ts";

export interface KeptMapOptions {
  /** Null: nothing comes to a disk. */
  readonly dir: string | null;
  /** What it holds, as the log says it: "what a sink remembers". */
  readonly what: string;
  readonly clock: Pick<Clock, "after">;
  readonly log: StageLog;
  readonly files?: FileLayer;
}

/** A map of plain data that outlives the process, when it has a directory. */
export class KeptMap<V> {
  readonly #values: Map<string, V>;
  readonly #disk: KeyedStore | null;

  constructor(disk: KeyedStore | null = null) {
    this.#disk = disk;
    const kept = [...(disk?.values ?? [])];
    this.#values = new Map(kept.map(([key, bytes]) => [key, JSON.parse(bytes.toString())]));
  }

  /** Without a directory, or with one that cannot be read, it is in memory alone. */
  static async open<V>({ dir, what, clock, log, files = NODE_FILES }: KeptMapOptions): Promise<KeptMap<V>> {
    if (dir === null) return new KeptMap();
    const onError = (thrown: unknown): void => {
      if (thrown === null) log.info(`${what} is on disk again`, { dir });
      else log.error(`${what} is not on disk, tried again every 5 s`, { dir, error: coerceError(thrown).message });
    };
    const onDamage = (damage: Damage): void => logDamage(log, what, dir, damage);
    try {
      return new KeptMap(await KeyedStore.open({ dir, files, clock, onDamage, onError }));
    } catch (thrown) {
      log.error(`${what} is kept in memory alone`, { dir, error: coerceError(thrown).message });
      return new KeptMap();
    }
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
