import type { PipelineOptions } from "../core/pipeline.ts";
import { type SpreadField, spreadFields } from "../core/spread.ts";
import type { Edge, Stage } from "../core/stage.ts";

/** What of a pipeline decides where it may run, as plain data. */
export interface SpreadNeeds {
  /** What its stages keep apart, in reading order. */
  readonly keys: readonly KeyNeed[];
  /** Why it needs one worker, whatever these are; `null`: it does not. */
  readonly whole: string | null;
  readonly published: readonly Published[];
}

/** What a stage keeps its state apart by, or, if it has none, what it sends in order for each value of. */
export interface KeyNeed {
  readonly place: string;
  readonly keeps: "state" | "order";
  /** The fields of its key; functions are left out. */
  readonly fields: readonly string[];
  /** What may have happened to them in front of it. */
  readonly changed: Changed;
}

/** What a pipeline publishes to a channel, and what may have happened to it until then. */
export interface Published {
  readonly channel: string;
  readonly changed: Changed;
}

/** By field: what may have changed it since the events came in. A field that is not there is as it was. */
export type Changed = Readonly<Record<string, Changer>>;

export interface Changer {
  /** The place of a stage. */
  readonly place: string;
  /** Its pipeline, when that is another one. */
  readonly of?: string;
  /** Whether the option `key` of its pipeline would rule this out. */
  readonly isUnsaid: boolean;
}

type AnyStage = Stage<never, unknown>;

/** Thrown where it turns out that one worker must have all events. */
class OneWorker {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/**
 * The same for a pipeline with these stages, from what they declare.
 *
 * @param partitionKey - It may be spread by this, or by host or service.
 */
export function spreadNeedsOf(
  stages: readonly AnyStage[],
  { onCrash = [], key = [], spread = true }: PipelineOptions<readonly AnyStage[]> = {},
  partitionKey: SpreadField = "host",
): SpreadNeeds {
  const [keys, published]: [KeyNeed[], Published[]] = [[], []];
  if (!spread) return { keys, published, whole: "its option spread says so" };
  try {
    const fields = spreadFields(partitionKey);
    const vouched = [key].flat();
    const unsaid = fields.filter((field) => !vouched.includes(field));
    new Walk(keys, published, fields, unsaid).chain(stages, {}, "");
    // What it gets may have any; no `key` speaks for it.
    const crashed = changedBy(fields, { place: "a crash", isUnsaid: false });
    new Walk(keys, published, fields, fields).chain(onCrash, crashed, "onCrash/");
    return { keys, published, whole: null };
  } catch (thrown) {
    if (thrown instanceof OneWorker) return { keys, published, whole: thrown.why };
    throw thrown;
  }
}

class Walk {
  readonly #keys: KeyNeed[];
  readonly #published: Published[];
  readonly #fields: readonly SpreadField[];
  /** Those which functions may change: the user does not say that none does. */
  readonly #unsaid: readonly SpreadField[];

  constructor(keys: KeyNeed[], published: Published[], fields: readonly SpreadField[], unsaid: readonly SpreadField[]) {
    this.#keys = keys;
    this.#published = published;
    this.#fields = fields;
    this.#unsaid = unsaid;
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
    const { edge, keyedBy, memory, branches } = stage;
    if (edge?.kind === "alert") throw new OneWorker(`${place} keeps open alerts, which are in one worker`);
    if (edge?.isOwn === true) throw new OneWorker(`${place} is a sink of your own, with one writer`);
    if (edge?.kind === "publish") this.#published.push({ channel: edge.name, changed: before });
    // A stage around it does not keep apart what it has in common with others.
    const isShared = SHARED.some((kind) => edge?.kind === kind);
    if (keyedBy !== null && (isShared || !isApart)) this.#meet(stage, before, place);
    else if (edge?.kind === "index") throw new OneWorker(`${place} may use all of the index`);
    else if (!isApart && memory !== 0) throw new OneWorker(`${place} keeps state for all events`);
    const changed = union(before, this.#changesOf(stage, place));
    const lists = Object.entries(branches);
    const behind = lists.map(([branch, inside]) => {
      const prefix = lists.length === 1 ? `${place}/` : `${place}/${branch}/`;
      return this.chain(inside, changed, prefix, isApart || (keyedBy !== null && !isShared));
    });
    return behind.reduce(union, changed);
  }

  #meet({ keyedBy, edge }: AnyStage, changed: Changed, place: string): void {
    const parts = [keyedBy].flat();
    const fields = parts.filter((part): part is string => typeof part === "string");
    const given = this.#fields.find((field) => parts.some((part) => gives(part, field)));
    if (given !== undefined && !this.#fields.some((field) => fields.includes(field)))
      throw new OneWorker(
        `${place} keeps state for each value of a function, which gives "${given}": write that instead`,
      );
    if (fields.length === 0)
      throw new OneWorker(
        `${place} keeps state for each value of a function; if no two hosts have one, add "host" to its key`,
      );
    this.#keys.push({ place, keeps: edge?.kind === "reinject" ? "order" : "state", fields, changed });
  }

  #changesOf({ changes }: AnyStage, place: string): Changed {
    if (changes === null) return changedBy(this.#unsaid, { place, isUnsaid: true });
    const isNamed = (field: string): boolean =>
      changes.includes(field) || (field.startsWith("attributes.") && changes.includes("attributes"));
    return changedBy(this.#fields.filter(isNamed), { place, isUnsaid: false });
  }
}

/** Whether a part of a key is a function such as `(e) => e.host`, where the field is `host`. */
function gives(part: unknown, field: SpreadField): boolean {
  const [, , name, quoted] = (typeof part === "function" && PLAIN.exec(String(part))) || [];
  return name === field || (quoted !== undefined && `attributes.${quoted}` === field);
}

const PLAIN = /^\(?([\w$]+)\)? => \1\.(?:((?:attributes\.)?[\w$]+)|attributes\["([^"\\]+)"\])(?: \?\? null)?$/;

/** Kinds of what stages share: their keys are told apart in it, too. */
const SHARED: readonly Edge["kind"][] = ["index", "sink", "reinject"];

/** All that one or the other may have changed. Of two that may change a field one is named for which no `key` speaks, or the first. */
export function union(one: Changed, other: Changed): Changed {
  const firm = Object.entries(other).filter(([field, { isUnsaid }]) => one[field]?.isUnsaid && !isUnsaid);
  return { ...other, ...one, ...Object.fromEntries(firm) };
}

function changedBy(fields: readonly string[], changer: Changer): Changed {
  return Object.fromEntries(fields.map((field) => [field, changer]));
}
