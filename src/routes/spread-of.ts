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

/** The fields that may be others than when the events came in. */
type Changed = ReadonlySet<string> | "all";

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
    walk.chain(stages, new Set(), "");
    if (onCrash.some(({ memory }) => memory !== 0)) throw new OneWorker("onCrash keeps state for all crashes");
    return walk.spread();
  } catch (thrown) {
    if (thrown instanceof OneWorker) return { by: "all", why: thrown.why };
    throw thrown;
  }
}

class Walk {
  /** The fields of which the user says that nothing changes them. */
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
    const joint = stage.edge === null ? undefined : JOINTS[stage.edge.kind];
    if (joint !== undefined) throw new OneWorker(`${place} ${joint}`);
    if (stage.edge?.isOwn === true) throw new OneWorker(`${place} is a sink of your own, with one writer`);
    if (!isApart && stage.keyedBy !== null) this.#meet(stage, before, place);
    else if (!isApart && stage.memory !== 0) throw new OneWorker(`${place} keeps state for all events`);
    const changed = union(before, stage.changes ?? "all");
    const lists = Object.entries(stage.branches);
    const behind = lists.map(([branch, inside]) => {
      const prefix = lists.length === 1 ? `${place}/` : `${place}/${branch}/`;
      return this.chain(inside, changed, prefix, isApart || stage.keyedBy !== null);
    });
    return behind.reduce(union, changed);
  }

  #meet({ keyedBy }: AnyStage, changed: Changed, place: string): void {
    const fields = fieldsOf(keyedBy);
    const usable = fields.filter((field) => this.#vouched.has(field) || !isIn(changed, field));
    if (usable.length === 0)
      throw new OneWorker(
        fields.length === 0
          ? `${place} keeps state for each value of a function`
          : `a stage in front of ${place} may change ${named(fields)}, by which it keeps its state apart`,
      );
    const before = this.#common;
    const common = before === null ? usable : usable.filter((field) => before.includes(field));
    if (common.length === 0 && before !== null)
      throw new OneWorker(`${this.#why}, and ${place} for each ${named(fields)}`);
    this.#why ||= `${place} keeps state for each ${named(fields)}`;
    this.#common = common;
  }
}

/** What joins a pipeline with others, or with a queue of which there is one. */
const JOINTS: Partial<Record<Edge["kind"], string>> = {
  publish: "leads to a channel, which is in one worker",
  subscribe: "comes from a channel, which is in one worker",
  alert: "keeps open alerts, which are in one worker",
};

/** The fields of a key; functions have no name. */
function fieldsOf(key: unknown): readonly string[] {
  return [key].flat().filter((part): part is string => typeof part === "string");
}

function isIn(changed: Changed, field: string): boolean {
  return changed === "all" || changed.has(field) || (field.startsWith("attributes.") && changed.has("attributes"));
}

function union(one: Changed, other: Changed | readonly string[]): Changed {
  return one === "all" || other === "all" ? "all" : new Set([...one, ...other]);
}

function named(fields: readonly string[]): string {
  return fields.join(" and ");
}
