import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { ownerOf } from "../core/spread.ts";
import { coerceError } from "../errors.ts";
import { type Damage, logDamage } from "../state/damage.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { KeyedStore } from "../state/keyed-store.ts";
import type { RecordRange } from "./ring.ts";

/** The oldest go beyond this. */
const MAX_RANGES = 1000;
const WHAT = "what was set aside of the journal";

export interface GivenUpEventsOptions {
  readonly journal: {
    readonly dir: string;
    /** Events before it are not in it any more. */
    readonly first: number;
  };
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: FileLayer;
}

export interface GivenUpRange extends RecordRange {
  /** Those that the thread had; of one that is in several workers, the name of its part. */
  readonly pipelines: readonly string[];
}

/** Events of the journal at which threads ended: no replay has them again, after a restart either. On disk, within a second. */
export class GivenUpEvents {
  readonly #store: KeyedStore;
  readonly #journal: GivenUpEventsOptions["journal"];
  /** By the keys that they have in the store. */
  readonly #ranges = new Map<string, GivenUpRange>();

  private constructor(store: KeyedStore, journal: GivenUpEventsOptions["journal"]) {
    this.#store = store;
    this.#journal = journal;
    for (const [from, bytes] of store.values) this.#ranges.set(from, { from: Number(from), ...JSON.parse(`${bytes}`) });
  }

  /** Rejects when the disk does not allow it. */
  static async open({ journal, clock, log, files = NODE_FILES }: GivenUpEventsOptions): Promise<GivenUpEvents> {
    const dir = join(journal.dir, "set-aside");
    const onDamage = (damage: Damage): void => logDamage(log, WHAT, dir, damage);
    const onError = (thrown: unknown): void => {
      if (thrown === null) log.info(`${WHAT} is on disk again`, { dir });
      else log.error(`${WHAT} is not on disk: a restart reads it again`, { dir, error: coerceError(thrown).message });
    };
    return new GivenUpEvents(await KeyedStore.open({ dir, files, clock, onDamage, onError }), journal);
  }

  /** Those that some of these pipelines are not given. */
  of(pipelines: readonly string[]): readonly GivenUpRange[] {
    // When a pipeline was in one worker alone, what that ended at is not for any part of it.
    const names = new Set(pipelines.flatMap((name) => [name, ownerOf(name).pipeline]));
    return this.#all().filter((one) => one.pipelines.some((name) => names.has(name)));
  }

  add({ from, to }: RecordRange, pipelines: readonly string[]): void {
    const kept = this.#all().filter((one) => one.to > this.#journal.first);
    const left = new Set(kept.slice(-(MAX_RANGES - 1)).map((one) => String(one.from)));
    for (const key of [...this.#ranges.keys()]) if (!left.has(key)) this.#forget(key);
    this.#ranges.set(String(from), { from, to, pipelines });
    this.#store.set(String(from), Buffer.from(JSON.stringify({ to, pipelines })));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #all(): GivenUpRange[] {
    return [...this.#ranges.values()].sort((a, b) => a.from - b.from);
  }

  #forget(key: string): void {
    this.#ranges.delete(key);
    this.#store.set(key, null);
  }
}
