import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { ownerOf, type SpreadField, spreadFields, workerLabel } from "../core/spread.ts";
import { shown } from "./state-names.ts";

/** What the log says of {@link StateSources.gaps}. */
const GAP = "parts of what a pipeline kept are not there: their keys start anew";

/** What the log says of {@link StateSources.others}. */
export const OTHER_KEY = "state was saved with another partition key: its keys go to the workers that have them now";

/** How long what was saved of a pipeline is kept that is in no route file, since it was saved. */
const MAX_UNCLAIMED_SECONDS = 30 * 86_400;

/** What the log says of {@link StateSources.outdated}. */
const OUTDATED = "state of pipelines is removed that no route file has had for 30 days";

/** A state, and the name that it was saved by. */
export interface StateSource {
  readonly name: string;
  readonly from: string;
}

/** The states of a pipeline that was spread in one way, in so many workers. */
interface Group {
  readonly names: Set<string>;
  readonly workers: number;
  /** When one of them was saved last, Unix seconds. */
  now: number;
}

/**
 * What is saved of pipelines that were spread in another way than now, or over another number of workers: it is of use until
 * all of their workers have saved.
 */
export class StateSources {
  /** By pipeline, and by how it was spread. */
  readonly #groups = new Map<string, Map<string, Group>>();
  /** Saved since the process began. */
  readonly #fresh = new Set<string>();
  readonly #prefersOwn: boolean;

  /**
   * @param prefersOwn - Whether states that are spread as they are to be are gone on from, where they are whole, and not those
   *   that were saved last.
   */
  constructor(prefersOwn = false) {
    this.#prefersOwn = prefersOwn;
  }

  /** There is a state of that name, from before the process began. */
  found(name: string, now: number): void {
    const { pipeline, workers } = ownerOf(name);
    const groups = this.#groups.get(pipeline) ?? new Map<string, Group>();
    const group = groups.get(wayOf(name)) ?? { names: new Set(), workers, now };
    group.names.add(name);
    group.now = Math.max(group.now, now);
    groups.set(wayOf(name), group);
    this.#groups.set(pipeline, groups);
  }

  /** What `name` goes on from: its own state, or those of workers of before. */
  of(name: string): readonly StateSource[] {
    return this.#sourcesOf(name).map((from) => ({ name, from }));
  }

  #sourcesOf(name: string): readonly string[] {
    if (this.#fresh.has(name)) return [name];
    const groups = [...this.#groupsOf(name)].map(([way, group]) => ({ way, ...group }));
    const whole = groups.filter(({ workers, names }) => names.size === workers);
    const own = this.#prefersOwn ? whole.filter(({ way }) => way === wayOf(name)) : [];
    const choice = [own, whole, groups].find(({ length }) => length > 0) ?? [];
    const [best] = choice.toSorted((a, b) => b.now - a.now);
    return best === undefined || best.way === wayOf(name) ? [name] : [...best.names];
  }

  /** By pipeline of which no state is whole: the parts that are missing of the one that was saved last. */
  get gaps(): ReadonlyMap<string, readonly string[]> {
    const gaps = new Map<string, readonly string[]>();
    for (const [pipeline, groups] of this.#groups) {
      const [last] = [...groups.values()].toSorted((a, b) => b.now - a.now);
      if (last === undefined || [...groups.values()].some(({ names, workers }) => names.size === workers)) continue;
      const there = new Set([...last.names].map((name) => ownerOf(name).label));
      const parts = Array.from({ length: last.workers }, (_, worker) => workerLabel(worker, last.workers));
      gaps.set(
        pipeline,
        parts.filter((part) => !there.has(part)),
      );
    }
    return gaps;
  }

  /** Says what is odd of those that were found. */
  tell(partitionKey: SpreadField, log: Log): void {
    for (const [was, names] of this.others(spreadFields(partitionKey)))
      log.info(OTHER_KEY, { was, partition_key: partitionKey, pipelines: names.map(shown) });
    for (const [name, parts] of this.gaps) log.error(GAP, { pipeline: shown(name), parts });
  }

  /** By field, which is none of these: the pipelines whose last state was spread by it. */
  others(fields: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const others = new Map<string, readonly string[]>();
    for (const [pipeline, groups] of this.#groups) {
      const [last] = [...groups.values()].toSorted((a, b) => b.now - a.now);
      const [name = ""] = last?.names ?? [];
      const { spread } = ownerOf(name);
      if (spread === "all" || fields.includes(spread)) continue;
      others.set(spread, [...(others.get(spread) ?? []), pipeline]);
    }
    return others;
  }

  /** One was saved. Returns the names of those that are of no use any more. */
  saved(name: string, now: number): readonly string[] {
    this.found(name, now);
    this.#fresh.add(name);
    const groups = this.#groupsOf(name);
    const own = [...(groups.get(wayOf(name))?.names ?? [])].filter((one) => this.#fresh.has(one));
    if (own.length < ownerOf(name).workers) return [];
    const others = [...groups].filter(([way]) => way !== wayOf(name));
    for (const [way, { names }] of others) {
      groups.delete(way);
      // It may be spread so again, and goes on from what there is then.
      for (const one of names) this.#fresh.delete(one);
    }
    return others.flatMap(([, { names }]) => [...names]);
  }

  /**
   * The names of what nobody has gone on from for a long time.
   *
   * @param running - The names of the states of all pipelines there are.
   */
  outdated(running: Iterable<string>, { clock, log }: { readonly clock: Clock; readonly log: Log }): readonly string[] {
    const claimed = new Set([...running].map((name) => ownerOf(name).pipeline));
    const isOld = (group: Group): boolean => clock.now() - group.now > MAX_UNCLAIMED_SECONDS;
    const outdated = [...this.#groups].filter(([name, ways]) => !claimed.has(name) && [...ways.values()].every(isOld));
    if (outdated.length > 0) log.info(OUTDATED, { pipelines: outdated.map(([name]) => shown(name)) });
    return outdated.flatMap(([, ways]) => [...ways.values()].flatMap(({ names }) => [...names]));
  }

  /** A pipeline, or its part in a worker, has no state any more. */
  removed(name: string): void {
    this.#fresh.delete(name);
    const groups = this.#groupsOf(name);
    const names = groups.get(wayOf(name))?.names;
    names?.delete(name);
    if (names?.size === 0) groups.delete(wayOf(name));
    if (groups.size === 0) this.#groups.delete(ownerOf(name).pipeline);
  }

  #groupsOf(name: string): Map<string, Group> {
    return this.#groups.get(ownerOf(name).pipeline) ?? new Map();
  }
}

/** How the pipeline of a state was spread, and over how many workers. */
function wayOf(name: string): string {
  const { spread, workers } = ownerOf(name);
  return `${spread} ${workers}`;
}
