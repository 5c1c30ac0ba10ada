import type { AlarmClock } from "../core/clock.ts";
import { fieldOfSpread, type SpreadBy, type StatePart, stateName } from "../core/spread.ts";
import type { Plain } from "../core/state.ts";
import { type SavedPipeline, savedPipelineOf } from "../engine/saved-pipeline.ts";
import { coerceError } from "../errors.ts";
import { decodePlain } from "../state/plain-reader.ts";
import { joinIndexes, joinPipelines, type PartitionFilter } from "./joined-state.ts";
import { INDEX, type SavedState } from "./kept-state.ts";

export interface LoadedStatesOptions extends StatePart {
  readonly clock: AlarmClock;
  /** Which partitions are those of this worker. */
  readonly mine: Uint8Array;
  /** These are not to be restored again. */
  spoiled(states: readonly { readonly name: string; readonly why: string }[]): void;
}

/** What is saved of a pipeline goes by its name and its spread. */
interface Named {
  readonly pipeline: { readonly name: string };
  readonly spread: SpreadBy;
}

/** What was saved of pipelines that are to start in this thread, and of the index, by as many workers or by others. */
export class LoadedStates {
  readonly #options: LoadedStatesOptions;
  readonly #states = new Map<string, readonly SavedState[]>();

  constructor(options: LoadedStatesOptions) {
    this.#options = options;
  }

  add(states: readonly SavedState[]): void {
    for (const one of states) this.#states.set(one.name, [...(this.#states.get(one.name) ?? []), one]);
  }

  clear(): void {
    this.#states.clear();
  }

  /** The name of what is saved of a pipeline in this thread. */
  nameOf({ pipeline, spread }: Named): string {
    return stateName(pipeline.name, spread, this.#options);
  }

  /** The same of the index, which this pipeline uses. */
  indexOf({ spread }: Named): string {
    return stateName(INDEX, spread, this.#options);
  }

  /** For the log: which pipeline it is, and which part of one that is spread. */
  about({ pipeline: { name: pipeline }, spread }: Named): Record<string, unknown> {
    return { pipeline, ...(spread !== "all" && { part: this.#options.label }) };
  }

  of(pipeline: Named): readonly SavedState[] {
    return this.#states.get(this.nameOf(pipeline)) ?? [];
  }

  /** Hands what a pipeline goes on from to `restore`. False when there is nothing, or it cannot be restored. */
  restore(pipeline: Named, restore: (saved: SavedPipeline) => void): boolean {
    const states = this.of(pipeline).filter(({ bytes }) => bytes.length > 0);
    const all = this.#decoded(states, savedPipelineOf);
    const isRestored = this.#attempt(states, () => {
      const saved = isOwn(states) ? all[0] : joinPipelines(all, this.#wantedBy(pipeline));
      if (saved) restore(saved);
      return !!saved;
    });
    return isRestored === true;
  }

  /** The same of the index, once; with when it was saved. */
  restoreIndex(user: Named, restore: (saved: Plain, at: SavedState) => void): void {
    const name = this.indexOf(user);
    const states = this.#states.get(name) ?? [];
    this.#states.delete(name);
    const [first] = states;
    const all = this.#decoded(states, (plain) => plain);
    this.#attempt(states, () => {
      const saved = isOwn(states) ? all[0] : joinIndexes(all, this.#wantedBy(user));
      if (first !== undefined && saved !== undefined && saved !== null) restore(saved, first);
    });
  }

  #wantedBy({ spread }: Named): PartitionFilter {
    const { mine, partitionKey } = this.#options;
    return { field: spread === "all" ? null : fieldOfSpread(spread, partitionKey), mine };
  }

  /** What of these can be read. */
  #decoded<T>(states: readonly SavedState[], read: (saved: Plain) => T): T[] {
    return states.flatMap((one) => {
      const decoded = this.#attempt([one], () =>
        read(decodePlain(Buffer.concat(one.bytes), this.#options.clock.times)),
      );
      return decoded === FAILED ? [] : [decoded];
    });
  }

  /** Does what throws where these are not as they should be. */
  #attempt<T>(states: readonly SavedState[], work: () => T): T | typeof FAILED {
    try {
      return work();
    } catch (thrown) {
      const why = coerceError(thrown).message;
      this.#options.spoiled(states.map(({ name, from = name }) => ({ name: from, why })));
      return FAILED;
    }
  }
}

const FAILED = Symbol("failed");

/** Whether these were saved by the same number of workers. */
function isOwn([first]: readonly SavedState[]): boolean {
  return first?.from === undefined;
}
