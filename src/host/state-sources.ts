import { ownerOf } from "../core/spread.ts";

/** A state, and the name that it was saved by. */
export interface StateSource {
  readonly name: string;
  readonly from: string;
}

/** The states of a pipeline in so many workers. */
interface Group {
  readonly names: Set<string>;
  /** When one of them was saved last, Unix seconds. */
  now: number;
}

/**
 * What is saved of pipelines that ran in another number of workers than now: it is of use until all of their workers
 * have saved.
 */
export class StateSources {
  /** By pipeline, and by the number of workers. */
  readonly #groups = new Map<string, Map<number, Group>>();
  /** Saved since the process began. */
  readonly #fresh = new Set<string>();

  /** There is a state of that name, from before the process began. */
  found(name: string, now: number): void {
    const { pipeline, workers } = ownerOf(name);
    const groups = this.#groups.get(pipeline) ?? new Map<number, Group>();
    const group = groups.get(workers) ?? { names: new Set(), now };
    group.names.add(name);
    group.now = Math.max(group.now, now);
    groups.set(workers, group);
    this.#groups.set(pipeline, groups);
  }

  /** What `name` goes on from: its own state, or those of another number of workers. */
  of(name: string): readonly StateSource[] {
    return this.#sourcesOf(name).map((from) => ({ name, from }));
  }

  #sourcesOf(name: string): readonly string[] {
    const { pipeline, workers } = ownerOf(name);
    if (this.#fresh.has(name)) return [name];
    const groups = [...(this.#groups.get(pipeline) ?? [])].map(([count, group]) => ({ count, ...group }));
    const whole = groups.filter(({ count, names }) => names.size === count);
    const [best] = (whole.length > 0 ? whole : groups).toSorted((a, b) => b.now - a.now);
    return best === undefined || best.count === workers ? [name] : [...best.names];
  }

  /** One was saved. Returns the names of those that are of no use any more. */
  saved(name: string, now: number): readonly string[] {
    const { pipeline, workers } = ownerOf(name);
    this.found(name, now);
    this.#fresh.add(name);
    const groups = this.#groups.get(pipeline) ?? new Map<number, Group>();
    const own = [...(groups.get(workers)?.names ?? [])].filter((one) => this.#fresh.has(one));
    if (own.length < workers) return [];
    const others = [...groups].filter(([count]) => count !== workers);
    for (const [count] of others) groups.delete(count);
    return others.flatMap(([, { names }]) => [...names]);
  }

  /** A pipeline, or its part in a worker, has no state any more. */
  removed(name: string): void {
    const { pipeline, workers } = ownerOf(name);
    this.#fresh.delete(name);
    const groups = this.#groups.get(pipeline);
    const names = groups?.get(workers)?.names;
    names?.delete(name);
    if (names?.size === 0) groups?.delete(workers);
  }
}
