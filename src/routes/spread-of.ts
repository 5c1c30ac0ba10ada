import type { PipelineOptions } from "../core/pipeline.ts";
import { SPREAD_FIELDS, type SpreadBy } from "../core/spread.ts";
import type { Edge, Stage } from "../core/stage.ts";

/** Where a pipeline runs: in all workers, each event in the one that has its host or service, or in one. */
export interface Spread {
  readonly by: SpreadBy;
  /** In words, for `fast-ts check`. */
  readonly why: string;
}

type AnyStage = Stage<never, unknown>;

/** What may be other than when the events came in, and the place of the stage that may change it. */
interface Changed {
  /** Of the fields that stages say they change. */
  readonly named: ReadonlyMap<string, string>;
  /** Of any field; `null`: no stage may. */
  readonly opaque: string | null;
}

const NOTHING: Changed = { named: new Map(), opaque: null };

/** What may change any field of what `onCrash` gets; no `key` speaks for it. */
const CRASH = "a crash";

/** Thrown where it turns out that one worker must have all events. */
class OneWorker {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * Where a pipeline with these stages may run, from what they declare: it is spread when all that it keeps is kept apart
 * by a field that nothing in front of it may change.
 */
export function spreadOf(
  stages: readonly AnyStage[],
  { onCrash = [], key = [], spread = true }: PipelineOptions<readonly AnyStage[]> = {},
): Spread {
  if (!spread) return { by: "all", why: "its option spread says so" };
  const walk = new Walk(new Set([key].flat()));
  try {
    walk.chain(stages, NOTHING, "");
    new Walk(new Set()).chain(onCrash, { ...NOTHING, opaque: CRASH }, "onCrash/");
    return walk.spread();
  } catch (thrown) {
    if (thrown instanceof OneWorker) return { by: "all", why: thrown.why };
    throw thrown;
  }
}

class Walk {
  /** The fields of which the user says that no function changes them. */
  readonly #vouched: ReadonlySet<string>;
  /** The fields by which all that was met keeps its state apart; `null`: nothing keeps any. */
  #common: readonly string[] | null = null;
  /** What was met first. */
  #why = "";

  constructor(vouched: ReadonlySet<string>) {
    this.#vouched = vouched;
  }

  spread(): Spread {
    if (this.#common === null) return { by: SPREAD_FIELDS[0], why: "it keeps no state" };
    const by = SPREAD_FIELDS.find((field) => this.#common?.includes(field));
    if (by === undefined) throw new OneWorker(`${this.#why}, and not for each host or service`);
    return { by, why: this.#why };
  }

  /** Goes through a list of stages. Returns what may have changed behind the last one. */
  chain(stages: readonly AnyStage[], before: Changed, prefix: string, isApart = false): Changed {
    let changed = before;
    for (const [at, stage] of stages.entries())
      changed = this.#stage(stage, changed, `${prefix}${stage.name}#${at}`, isApart);
    return changed;
  }

  /** @param isApart - Whether it is inside a stage that keeps all apart. */
  #stage(stage: AnyStage, before: Changed, place: string, isApart: boolean): Changed {
    const { edge, keyedBy, memory, changes, branches } = stage;
    const joint = edge === null ? undefined : JOINTS[edge.kind];
    if (joint !== undefined) throw new OneWorker(`${place} ${joint}`);
    if (edge?.isOwn === true) throw new OneWorker(`${place} is a sink of your own, with one writer`);
    // A stage around it does not keep apart what it has in common with others.
    const isShared = edge?.kind === "index" || edge?.kind === "sink";
    if (keyedBy !== null && (isShared || !isApart)) this.#meet(stage, before, place);
    else if (edge?.kind === "index") throw new OneWorker(`${place} may use all of the index`);
    else if (!isApart && memory !== 0) throw new OneWorker(`${place} keeps state for all events`);
    const changed = union(before, changesOf(changes, place));
    const lists = Object.entries(branches);
    const behind = lists.map(([branch, inside]) => {
      const prefix = lists.length === 1 ? `${place}/` : `${place}/${branch}/`;
      return this.chain(inside, changed, prefix, isApart || (keyedBy !== null && !isShared));
    });
    return behind.reduce(union, changed);
  }

  /** Whether the option `key` would rule out all that may change a field. */
  #maySay(field: string, { named, opaque }: Changed): boolean {
    return !named.has(field) && opaque !== null && opaque !== CRASH;
  }

  #meet({ keyedBy }: AnyStage, changed: Changed, place: string): void {
    const fields = fieldsOf(keyedBy);
    const changedBy = (field: string): string | null =>
      changed.named.get(field) ?? (this.#vouched.has(field) ? null : changed.opaque);
    const usable = fields.filter((field) => changedBy(field) === null);
    const [first] = fields;
    if (first === undefined) throw new OneWorker(`${place} keeps state for each value of a function`);
    if (usable.length === 0) {
      const unsaid = SPREAD_FIELDS.find((field) => fields.includes(field) && this.#maySay(field, changed));
      const why = `${changedBy(unsaid ?? first)} may change ${named(fields)}, by which ${place} keeps its state apart`;
      throw new OneWorker(unsaid === undefined ? why : `${why}; if it does not, say so with { key: "${unsaid}" }`);
    }
    const before = this.#common;
    const common = before === null ? usable : usable.filter((field) => before.includes(field));
    if (common.length === 0 && before !== null)
      throw new OneWorker(`${this.#why}, and ${place} for each ${named(usable)}`);
    this.#why ||= `${place} keeps state for each ${named(fields)}`;
    this.#common = common;
  }
}

/** What joins a pipeline with others, or with a queue of which there is one. */
const JOINTS: Partial<Record<Edge["kind"], string>> = {
  publish: "leads to a channel, which is in one worker",
  subscribe: "comes from a channel, which is in one worker",
  reinject: "sends events to all pipelines, in one order",
  alert: "keeps open alerts, which are in one worker",
};

/** The fields of a key; functions have no name. */
function fieldsOf(key: unknown): readonly string[] {
  return [key].flat().filter((part): part is string => typeof part === "string");
}

function changesOf(changes: AnyStage["changes"], place: string): Changed {
  return changes === null
    ? { ...NOTHING, opaque: place }
    : { ...NOTHING, named: new Map(changes.map((field) => [field, place])) };
}

/** The first of them that may change something is the one that is named. */
function union(one: Changed, other: Changed): Changed {
  return { named: new Map([...other.named, ...one.named]), opaque: one.opaque ?? other.opaque };
}

function named(fields: readonly string[]): string {
  return fields.join(" and ");
}
