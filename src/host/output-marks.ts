import { join } from "node:path";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { ownerOf } from "../core/spread.ts";
import { coerceError } from "../errors.ts";
import type { OutputMarks } from "../runtime/mutes.ts";
import type { Damage } from "../state/damage.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { KeyedStore } from "../state/keyed-store.ts";
import type { Given } from "./output-watch.ts";

const LOOK_SECONDS = 0.2;
const NEVER = Number.NEGATIVE_INFINITY;

export interface MarkStoreOptions {
  /** That of the journal. */
  readonly dir: string;
  /** One without an origin of its own, as the targets of this thread have it. */
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: FileLayer;
}

/** Up to where what each pipeline gave out has reached its targets, or a spill: on disk, within a second. */
export class MarkStore {
  readonly #store: KeyedStore;
  readonly #clock: Clock;
  /** By worker: what has left it, and when that came here: what it handed over came before. */
  readonly #given = new Map<number, Given & { readonly until: number }>();
  readonly #cancelLook: Cancel;
  /** Whether what targets in this thread took until then, by `elapsed` of `clock`, is settled or spilled. */
  isSafe: (until: number) => boolean = () => true;

  private constructor(store: KeyedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#cancelLook = clock.every(LOOK_SECONDS, () => this.#look());
  }

  /** Rejects when the disk does not allow it. */
  static async open({ dir, clock, log, files = NODE_FILES }: MarkStoreOptions): Promise<MarkStore> {
    const onDamage = (damage: Damage): void =>
      log.error("it is not known any more what was delivered: a replay may send it again", { dir, ...damage });
    const onError = (thrown: unknown): void => {
      if (thrown === null) return log.info("what is delivered is noted again", { dir });
      const message = "what is delivered cannot be noted: a replay would send it again";
      log.error(message, { dir, error: coerceError(thrown).message });
    };
    return new MarkStore(await KeyedStore.open({ dir: join(dir, "marks"), files, clock, onDamage, onError }), clock);
  }

  /**
   * By pipeline.
   *
   * @param names - Of a pipeline, or of its part in one worker.
   */
  of(names: readonly string[]): OutputMarks {
    const marks = names.map((name) => {
      const { pipeline } = ownerOf(name);
      return [pipeline, Math.max(this.#markOf(name), this.#markOfAll(pipeline))] as const;
    });
    return new Map(marks.filter(([, mark]) => mark > NEVER));
  }

  #markOf(name: string): number {
    const bytes = this.#store.values.get(name);
    return bytes?.length === 8 ? bytes.readDoubleLE() : NEVER;
  }

  /** Up to where all parts of a pipeline have come, of any number of them: another number may go on from before that. */
  #markOfAll(pipeline: string): number {
    const ways = new Map<string, number[]>();
    for (const name of this.#store.values.keys()) {
      const owner = ownerOf(name);
      if (owner.pipeline !== pipeline) continue;
      const way = `${owner.spread} ${owner.workers}`;
      ways.set(way, [...(ways.get(way) ?? []), this.#markOf(name)]);
    }
    const whole = [...ways].filter(([way, marks]) => way.endsWith(` ${marks.length}`));
    return Math.max(NEVER, ...whole.map(([, marks]) => Math.min(...marks)));
  }

  /** What the pipelines of a worker gave out has left it. The next is looked at when this one is known to be safe. */
  passed(worker: number, given: Given): void {
    if (!this.#given.has(worker)) this.#given.set(worker, { ...given, until: this.#clock.elapsed() });
    this.#look();
  }

  async close(): Promise<void> {
    this.#cancelLook();
    await this.#store.close();
  }

  #look(): void {
    for (const [worker, { until, elapsed, pipelines }] of this.#given) {
      if (!this.isSafe(until)) continue;
      this.#given.delete(worker);
      const mark = Buffer.alloc(8);
      mark.writeDoubleLE(elapsed);
      for (const name of pipelines) this.#store.set(name, mark);
    }
  }
}
