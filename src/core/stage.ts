import { FastTsError } from "../errors.ts";
import type { Context } from "./context.ts";
import type { Event } from "./event.ts";
import type { EventOrList } from "./event-list.ts";
import { areFields } from "./fields.ts";
import { foldName } from "./fold.ts";
import { isPromise } from "./promise.ts";
import { type Site, siteOfCaller } from "./site.ts";
import type { Stateless } from "./stateless.ts";
import type { Takes, TakesOf } from "./takes.ts";
import type { Rendered, TargetScope, TargetSettings, TargetsPort } from "./target-port.ts";

export { type Branch, type Context, type Fate, type Forgetful, nowhere, type Outlet } from "./context.ts";
export type { Site } from "./site.ts";
export {
  DROP_REASONS,
  type DropReason,
  EVICTION_REASONS,
  type EvictionReason,
  type StageLog,
} from "./stage-reports.ts";

/**
 * What happens with each event. Its result is ignored, unless it is a promise: until that settles, the stage is busy
 * and its next events queue up, while its timers run on time; if it rejects, the pipeline restarts.
 */
export type OnEvent<In = Event> = (value: In) => unknown;

/** A stage's work, for stages that hold something. */
export interface Handler<In = Event> {
  readonly onEvent: OnEvent<In>;
  /**
   * Emits what is held, as no more events will come: called before a stop, a reload, or a restart because a stage above
   * threw.
   */
  flush?(): unknown;
  /** Frees what the stage took outside its context (sockets, files). Timers end by themselves. */
  stop?(): void;
  /**
   * Whether its state is that of a stage that has just started. A stage whose `memory` is `Infinity` is asked before its
   * idle key is forgotten. @default it never is
   */
  isInitial?(): boolean;
}

/**
 * Makes a stage live. Called for each run, each key of a `by` and each copy in `parallel`, so state is never shared.
 */
export type Start<In = Event, Out = Event> = (context: Context<Out>) => OnEvent<In> | Handler<In> | Stateless<In>;

/** A list of stages that take and emit events. */
export type Stages = readonly Stage[];

/**
 * Where a pipeline meets the world beyond its chain. Tests of routes record the input of a `sink` or a `tap` under its
 * name, and leave out `io`. `alert` opens alerts outside, whose keys are made as its name says. `publish` and
 * `subscribe` join pipelines by a channel, `reinject` sends events to all of them, and `index` does so with the events
 * that tell what has expired.
 */
export interface Edge {
  readonly kind: "sink" | "tap" | "io" | "publish" | "subscribe" | "reinject" | "index" | "alert";
  /** Its name in tests; for `publish` and `subscribe`, the channel. */
  readonly name: string;
  /** A queue that it shares with other pipelines: they run in one worker. */
  readonly queue?: string;
  /** Its writer is in the worker of its pipeline, and there is to be one. */
  readonly isOwn?: boolean;
  /** Where a sink sends to, and what shapes what it sends: those of one `id` share a queue. */
  readonly target?: Readonly<Record<"id" | "label" | "shape", string>> & { readonly settings?: TargetSettings };
  /** Of a target with a writer in each worker: with more workers than this, all that feed it are in one. @default any */
  readonly maxWriters?: number;
  /**
   * Opens where a sink sends to, before its stage starts, as it may have something to send from before; returns what lets
   * go of it. @default it has not
   */
  readonly open?: (targets: TargetsPort, at: Pick<Context, "pipeline" | "place">) => () => void;
  /** It keeps something in the directory of `--data`. */
  readonly needsData?: boolean;
  /** What tells the open alerts of this stage from those of others in its pipeline, wherever it stands. */
  readonly keeps?: string;
  /** The same sink, with stages for what it gives up. @default it has them, or gives nothing up */
  readonly withDeadLetters?: (deadLetters: Stages) => Stage<never, unknown>;
  /** The routers that it sends to. */
  readonly to?: readonly PeerAddress[];
  /** What a sink takes is fetched from this process: it is sent nowhere. @default false */
  readonly isFetched?: boolean;
  /** What a sink would send of a value: for tests and replay. @default they show the events alone */
  readonly rendered?: (value: EventOrList, scope: TargetScope) => readonly Rendered[];
}

/** A port of a router. */
export interface PeerAddress {
  /** `tcp`, `tls` or `udp`. */
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The inert description of one step of a pipeline: a value that may be stored, shared and used in many places.
 * `In` is what it takes, `Out` what it emits.
 */
export interface Stage<In = Event, Out = Event> {
  /** The brand: a function such as `stdout` without its parentheses has none. */
  readonly kind: "stage";
  readonly name: string;
  readonly start: Start<In, Out>;
  readonly takes: Takes;
  /** The lists of stages inside this one, by name; started with `context.branch(name)`. */
  readonly branches: Readonly<Record<string, readonly Stage<never, unknown>[]>>;
  readonly edge: Edge | null;
  /** Seconds after its last event for which its state matters; `null`: it does not say. See {@link StageOptions}. */
  readonly memory: number | null;
  /** What of its options shapes its state; `null`: it does not say. See {@link StageOptions}. */
  readonly shape: readonly unknown[] | null;
  /** Whether it holds its last event; `null`: the stages inside it may. See {@link StageOptions}. */
  readonly keepsLast: boolean | null;
  /** The fields that it may change; `null`: any. See {@link StageOptions}. */
  readonly changes: readonly string[] | null;
  /** What it keeps its state apart by; `null`: nothing. See {@link StageOptions}. */
  readonly keyedBy: unknown;
  /** What `fast-ts check` warns of. */
  readonly warnings: readonly string[];
  /** Where it was made. */
  readonly site: Site;
}

/**
 * A stage that emits exactly its input, events or lists, so the next stage takes what this one takes. `Taken` is what
 * it takes.
 */
export interface Through<Taken = unknown> extends Stage<Taken, Taken> {
  /** The brand: without it, the compiler would take a stage that emits nothing for one. */
  readonly passesOn: true;
  readonly start: StartThrough<Taken>;
}

/** Makes such a stage live: its input is its output. */
export type StartThrough<Taken> = <In extends Taken>(context: Context<In>) => OnEvent<In> | Handler<In>;

/** Options of a stage of your own. */
export interface StageOptions<Taken extends Takes = "events" | "anything"> {
  /**
   * What the stage takes: a list that reaches a stage for events, and the reverse, restarts its pipeline with a message.
   * `"lists"` and `"either"` are lists of events, and events or lists; `"anything"` is not checked. @default "events"
   */
  readonly takes?: Taken;
  /** Lists of stages inside this one, by name. @default none */
  readonly branches?: Readonly<Record<string, readonly Stage<never, unknown>[]>>;
  /** What the stage does besides emitting, for tests. @default none */
  readonly edge?: Edge;
  /**
   * Seconds >= 0 after its last event for which the stage's state matters to what it emits: a key of `by` is kept for
   * twice that long. 0: it has no state. `Infinity`: until something changes it; an idle key is then kept unless
   * `isInitial` of the {@link Handler} says yes. @default not said: the `ttl` of `by` alone decides
   */
  readonly memory?: number;
  /**
   * Whether the stage holds its last event, or what it made of it, and does not report it as `held`: `by` then counts the
   * bytes of the last event of each key. @default false
   */
  readonly keepsLast?: boolean;
  /**
   * What its state depends on: numbers, texts, functions, and lists of these. When its route is edited and this is
   * still the same, of functions the source text, the stage goes on with its state; else it starts anew.
   * @default the source text of `start`
   */
  readonly shape?: readonly unknown[];
  /**
   * The fields in which what it emits may differ from what it takes, by name: `["metric", "time"]`, `["attributes.zone"]`,
   * `["attributes"]` for all attributes; `[]`: it emits events as they came. An event that it makes of several has in all
   * other fields what these have in common. It decides in which workers a pipeline runs. @default any
   */
  readonly changes?: readonly string[];
  /** What it keeps its state apart by, as for `by`: events that differ in it have nothing to do with each other. @default nothing */
  readonly keyedBy?: unknown;
  /** What `fast-ts check` warns of where the stage is used. @default nothing */
  readonly warnings?: readonly string[];
}

/**
 * A stage of your own, with state, timers and branches.
 *
 * @param name - The word that logs and metrics show.
 * @param start - Makes the stage live: sets up its state and returns what happens with each event.
 * @throws FastTsError `FTS_STAGE_OPTION` when `name` is empty or `start` is not a function.
 * @category Your own
 * @example
 * const everyOther = () =>
 *   stage("everyOther", ({ emit, state }) => {
 *     const own = state(() => ({ isOdd: false }));
 *     return (event) => {
 *       own.isOdd = !own.isOdd;
 *       if (own.isOdd) emit(event);
 *     };
 *   });
 * pipeline("half of them", [everyOther(), stdout()]);
 */
export function stage<In = Event, Out = Event>(
  name: string,
  start: Start<In, Out>,
  options: StageOptions<TakesOf<NoInfer<In>>> & { readonly takes: TakesOf<NoInfer<In>> },
): Stage<NoInfer<In>, NoInfer<Out>>;
export function stage<In extends Event = Event, Out = Event>(
  name: string,
  start: Start<In, Out>,
  options?: StageOptions,
): Stage<NoInfer<In>, NoInfer<Out>>;
export function stage<In, Out>(name: string, start: Start<In, Out>, options?: StageOptions<Takes>): Stage<In, Out> {
  return described(name, start, options);
}

/** A {@link stage} that passes its input on. */
export function through<Taken>(
  name: string,
  start: StartThrough<Taken>,
  options: StageOptions<Takes> & { readonly takes: Takes },
): Through<Taken> {
  return Object.freeze({ ...described(name, start, options), passesOn: true as const });
}

/** What is common to all stages; the types of what they take and emit are those of `start`. */
export function described<Work>(name: string, start: Work, options: StageOptions<Takes> = {}) {
  const wrong = (what: string, must: string, got: unknown): never => {
    throw new FastTsError("FTS_STAGE_OPTION", `${what}: must be ${must}, got ${show(got)}`);
  };
  if (typeof name !== "string" || name === "") wrong("stage(name)", "a string that is not empty", name);
  if (typeof start !== "function") wrong(`stage(${JSON.stringify(name)}, start)`, "a function", start);
  const { takes = "events", branches = {}, edge = null, memory = null, keepsLast = null, warnings = [] } = options;
  const { shape = null, changes = null, keyedBy = null } = options;
  if (!["events", "lists", "either", "anything"].includes(takes))
    wrong(`${name}(takes)`, '"events", "lists", "either" or "anything"', takes);
  if (memory !== null && !(memory >= 0)) wrong(`${name}(memory)`, "a number >= 0", memory);
  if (changes !== null && !areFields(changes))
    wrong(`${name}(changes)`, 'a list of fields, such as ["metric", "attributes.zone"]', changes);
  for (const [branch, stages] of Object.entries(branches)) checkStages(`${name}: ${branch}`, stages);
  return Object.freeze({
    kind: "stage" as const,
    name,
    start,
    takes,
    branches,
    edge,
    memory,
    shape,
    keepsLast,
    changes,
    keyedBy,
    warnings,
    site: siteOfCaller(described),
  });
}

/** Throws unless `stages` is a list of stages; `where` begins the message. */
export function checkStages(where: string, stages: unknown): void {
  if (!Array.isArray(stages))
    throw new FastTsError(
      "FTS_NOT_A_STAGE",
      `${where}: must be a list of stages, got ${show(stages)}: write [ … ] around them`,
    );
  for (const [at, item] of stages.entries()) {
    if (isStage(item)) continue;
    const hint = typeof item === "function" && item.name ? `: ${hintOn(item)}` : "";
    throw new FastTsError("FTS_NOT_A_STAGE", `${where}: element ${at} is ${show(item)}, not a stage${hint}`);
  }
}

function hintOn(made: { readonly name: string }): string {
  const fold = foldName(made);
  if (fold === null) return `call it, ${made.name}(…)`;
  return `a fold stands in combine, combine(folds.${fold}${fold === "sample" ? "(…)" : ""})`;
}

/** Whether it has the brand. */
export function isStage(value: unknown): value is Stage {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "stage";
}

/** A value as a message shows it: short, and with its kind when that helps. Never throws. */
export function show(value: unknown): string {
  try {
    if (typeof value === "string") return `${JSON.stringify(value)} (a string)`;
    if (typeof value === "function") return value.name ? `the function ${value.name}` : "a function";
    if (Array.isArray(value)) return showList(value);
    if (typeof value !== "object" || value === null || value instanceof RegExp) return String(value);
    if (isStage(value)) return `the stage ${value.name}`;
    if (isPromise(value)) return "a promise";
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  } catch {
    return "an object that cannot be shown";
  }
}

/** A short list of texts and numbers in full, so that the wrong one can be seen. */
function showList(list: readonly unknown[]): string {
  const isPlain = list.length > 0 && list.length <= 8 && list.every((one) => ["string", "number"].includes(typeof one));
  const words = isPlain && `[${list.map((one) => (typeof one === "string" ? JSON.stringify(one) : one)).join(", ")}]`;
  return words && words.length <= 60 ? words : `a list of ${list.length}`;
}
