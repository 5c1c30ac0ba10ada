import { FastTsError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";
import { foldName } from "./fold.ts";
import type { IndexView } from "./index-view.ts";
import type { Stateless } from "./stateless.ts";

/** Why a stage dropped an event; each reason is a column of the ledger. */
export const DROP_REASONS = ["late", "overflow", "failed", "refused", "evicted"] as const;
/**
 * `late`: it came after its window had closed. `overflow`: there was no room for it. `failed`: the back end could not be
 * reached, or broke. `refused`: the back end will never take it, or it was reinjected too often. `evicted`: its key made room for others.
 */
export type DropReason = (typeof DROP_REASONS)[number];

/** Why a stage forgot a key; each reason is a column of the ledger. */
export const EVICTION_REASONS = ["full", "idle"] as const;
/** `full`: it made room for a new one. `idle`: it had no event for too long. */
export type EvictionReason = (typeof EVICTION_REASONS)[number];

/** A stage's own log lines; the engine adds pipeline and stage. One line per episode of trouble, not per event. */
export interface StageLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A live branch of a stage. The branching stage emits what the branch's last stage emits. */
export interface Branch<In = Event> {
  /** Hands an event to the branch's first stage. May be passed around without its object. */
  readonly receive: (value: In) => void;
  /**
   * Lets the branch emit what it holds, then ends it: its timers die, later events are ignored. While one of its stages
   * awaits something or has events queued, the branch goes on, 10 s at most; unhandled events are then lost (`stop`).
   */
  close(): void;
  /** Has a stage in it that holds several keys forget the one that has been idle longest; false when there is none. */
  evict(): boolean;
  /** Whether no stage in it holds a state that lasts until something changes it: see {@link StageOptions.memory}. */
  isInitial(): boolean;
}

/** Holds what can be forgotten. */
export interface Forgetful {
  /**
   * Forgets what has been held or idle longest, a key or an event, and reports that: as `held`, and as `evicted` or
   * `dropped`. False when it holds nothing.
   */
  evict(): boolean;
}

/** What a stage gets when it starts. It ends with the run: a restart makes a new one. */
export interface Context<Out = Event> {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** Where in the pipeline: `rate#1` is the second stage, `by#0/rate#1` the second stage of the first one's branch. */
  readonly place: string;
  readonly clock: Clock;
  /** Seconds that an event without a ttl stays valid: an option of the daemon. */
  readonly defaultTtl: number;
  readonly log: StageLog;
  /** Aborted when the run ends (restart, reload, stop): pass it to `fetch` and the like, except in a sink's `write`. */
  readonly signal: AbortSignal;
  /** Hands a value to the next stage. May be called at any time until the run ends, and passed around without `context`. */
  readonly emit: (value: Out) => void;
  /**
   * Hands an event to what the stage's `edge` names beyond its pipeline. Take it out of the context in `start`.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is asked for by a stage without an edge.
   */
  readonly send: Outlet;
  /**
   * The last event of each host and service, when the routes have an `index()`. Look it up anew each time: a copy that
   * a stage holds is not updated.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is asked for by a stage whose edge is not of the kind `index`.
   */
  readonly index: IndexView;
  /**
   * Starts the stages of a branch that the stage declared; a new copy at each call.
   *
   * @param output - Gets what the branch's last stage emits. @default `emit`: the branching stage emits it
   * @param onCrash - A throw in the branch restarts its stages only, and this function gets an event about it.
   * @default the whole pipeline restarts
   */
  branch<In = Event>(name: string, output?: (value: never) => void, onCrash?: (crash: Event) => void): Branch<In>;
  /** Guards work that nobody awaits: if it fails, the pipeline restarts as if the stage had thrown. */
  background(work: PromiseLike<unknown>): void;
  /** A sink's report: `count` of its events reached the back end. */
  delivered(count: number): void;
  /** A report: `count` events that this stage took, or that were `pending`, are dropped, and why. */
  dropped(count: number, reason: DropReason): void;
  /** A report: this stage forgot `count` of the keys that it held state for, and why. */
  evicted(count: number, reason: EvictionReason): void;
  /**
   * A report: what this stage holds takes about `bytes` more, or less when negative, and `keys` more keys; see
   * {@link weigh}. What is not taken back when the stage ends is taken back then.
   */
  held(bytes: number, keys?: number): void;
  /** Says what this stage forgets when the worker's state takes too many bytes, and this pipeline's the most. */
  forgets(holder: Forgetful): void;
  /** What the stages inside this one hold, as they report it. */
  readonly inside: { readonly bytes: number; readonly keys: number };
  /**
   * A sink's report: `count` more of its events wait for the back end. Each must later be reported as `delivered` or
   * `dropped`.
   */
  pending(count: number): void;
}

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

/** Makes a stage live. Called for each run, each key of a `by` and each copy in `parallel`, so state is never shared. */
export type Start<In = Event, Out = Event> = (context: Context<Out>) => OnEvent<In> | Handler<In> | Stateless<In>;

/** A list of stages that take and emit events. */
export type Stages = readonly Stage[];

/**
 * Where a pipeline meets the world beyond its chain. Tests of routes record the input of a `sink` or a `tap` under its
 * name, and leave out `io`. `publish` and `subscribe` join pipelines by a channel, `reinject` sends events to all of
 * them, and `index` does so with the events that tell what has expired.
 */
export interface Edge {
  readonly kind: "sink" | "tap" | "io" | "publish" | "subscribe" | "reinject" | "index";
  /** Its name in tests; for `publish` and `subscribe`, the channel. */
  readonly name: string;
}

/**
 * Takes an event beyond the pipeline. `null`: it was taken. A promise: it waits for room; resolves with `null` once the
 * event is taken, or with the reason why it is dropped.
 */
export type Outlet = (event: Event) => Promise<DropReason | null> | null;

/** An outlet that leads nowhere. */
export const nowhere: Outlet = () => null;

/**
 * The inert description of one step of a pipeline: a value that may be stored, shared and used in many places.
 * `In` is what it takes, `Out` what it emits.
 */
export interface Stage<In = Event, Out = Event> {
  /** The brand: a function such as `stdout` without its parentheses has none. */
  readonly kind: "stage";
  readonly name: string;
  readonly start: Start<In, Out>;
  /** The lists of stages inside this one, by name; started with `context.branch(name)`. */
  readonly branches: Readonly<Record<string, readonly Stage<never, unknown>[]>>;
  readonly edge: Edge | null;
  /** Seconds after its last event for which its state matters; `null`: it does not say. See {@link StageOptions}. */
  readonly memory: number | null;
  /** Whether it holds its last event; `null`: the stages inside it may. See {@link StageOptions}. */
  readonly keepsLast: boolean | null;
  /** What `fast-ts check` warns of. */
  readonly warnings: readonly string[];
  /** Where it was made. */
  readonly site: Site;
}

/** A place in the code: the stack of who came there, written out when it is asked for. */
export interface Site {
  readonly stack?: string;
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
export interface StageOptions {
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
 *   stage("everyOther", ({ emit }) => {
 *     let odd = false;
 *     return (event) => {
 *       odd = !odd;
 *       if (odd) emit(event);
 *     };
 *   });
 * pipeline("half of them", [everyOther(), stdout()]);
 */
export function stage<In = Event, Out = Event>(
  name: string,
  start: Start<In, Out>,
  options: StageOptions = {},
): Stage<NoInfer<In>, NoInfer<Out>> {
  return described(name, start, options);
}

/** A {@link stage} that passes its input on. */
export function through<Taken>(name: string, start: StartThrough<Taken>, options: StageOptions = {}): Through<Taken> {
  return Object.freeze({ ...described(name, start, options), passesOn: true as const });
}

function described<Work>(name: string, start: Work, options: StageOptions) {
  if (typeof name !== "string" || name === "")
    throw new FastTsError("FTS_STAGE_OPTION", `stage(name): must be a string that is not empty, got ${show(name)}`);
  if (typeof start !== "function")
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `stage(${JSON.stringify(name)}, start): must be a function, got ${show(start)}`,
    );
  const { branches = {}, edge = null, memory = null, keepsLast = null, warnings = [] } = options;
  if (memory !== null && !(memory >= 0))
    throw new FastTsError("FTS_STAGE_OPTION", `${name}(memory): must be a number >= 0, got ${show(memory)}`);
  for (const [branch, stages] of Object.entries(branches)) checkStages(`${name}: ${branch}`, stages);
  return Object.freeze({
    kind: "stage" as const,
    name,
    start,
    branches,
    edge,
    memory,
    keepsLast,
    warnings,
    site: siteOfCaller(),
  });
}

/** Deep enough to reach from a factory's helper to who called the factory. */
const SITE_FRAMES = 12;

function siteOfCaller(): Site {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = SITE_FRAMES;
  const site: Site = {};
  Error.captureStackTrace(site, described);
  Error.stackTraceLimit = limit;
  return site;
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
