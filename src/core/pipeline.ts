import { FastTsError } from "../errors.ts";
import type { Event } from "./event.ts";
import { aBoolean, atLeastOne, checkKeys, checkOption, oneOf, type Rule } from "./option.ts";
import { channelOf, edgesOf, withDeadLetters } from "./pipeline-edges.ts";
import { isSpreadField, SPREAD_FIELD_RULE, type SpreadField } from "./spread.ts";
import { checkStages, type Stage, type Stages, show, type Through } from "./stage.ts";

/** How a pipeline takes events in, and what happens when it crashes; an option left out has its default. */
export interface PipelineOptions<OnCrash = Stages> {
  /**
   * What happens when the inbox is full because the pipeline waits for something of its own: `"wait"` holds senders up
   * until there is room, `"shed"` drops the newest events at once, counted. Left out, senders are held up for one
   * second, then events are shed until the inbox is half empty again.
   */
  readonly onFull?: "wait" | "shed";
  /** How many events the inbox holds. @default the daemon's `inbox` option, 16,384 */
  readonly inbox?: number;
  /**
   * Stages that get an event whenever the pipeline restarts because a stage threw, the same event as `catchErrors`
   * makes. They are not restarted and keep their state. When one of them throws, that is logged, and they restart with
   * the next crash.
   */
  readonly onCrash?: OnCrash;
  /**
   * Stages that get the events which sinks of this pipeline give up, with attributes `fast-ts reason` and `fast-ts sink`.
   * Each sink, those inside other stages too, has a copy of them, unless its own `deadLetters` say otherwise.
   */
  readonly deadLetters?: Stages;
  /**
   * A field that no stage of this pipeline changes, such as `"host"` or `"service"`, or a list of these. It is for `map` and
   * other functions, which might change any: where they do not, the pipeline can run in all workers, as `fast-ts check` says.
   * @default none
   */
  readonly key?: SpreadField | readonly SpreadField[];
  /**
   * Whether it may run in all workers; `false` keeps one whose code may hang in one of them. Where `true` is given and it
   * cannot, `fast-ts check` warns. @default true
   */
  readonly spread?: boolean;
}

/** A declared pipeline: a name, its stages, and where it stands in the source. */
export interface Pipeline {
  readonly kind: "pipeline";
  readonly name: string;
  readonly stages: readonly Stage<never, unknown>[];
  readonly options: Omit<PipelineOptions<AnyStages>, "deadLetters">;
  /** The stack of the `pipeline(…)` call; the loader finds file, line and column in it. */
  readonly declaredAt: string;
}

/** A list of stages whatever they take and emit; {@link Chain} says whether they fit. */
export type AnyStages = readonly Stage<never, unknown>[];

/** What the compiler says where a stage does not take what the previous one emits. */
export interface Mismatch<Given, Taken> {
  readonly "this stage does not take what the stage before it emits": { given: Given; taken: Taken };
}

/**
 * Checks that in the list `S` each stage takes what the previous one emits, the first one `In`: `S & Chain<In, S>`. For
 * a list that fits it is `unknown`, so nothing is required beyond `S`; otherwise the misfit is a {@link Mismatch}.
 */
export type Chain<In, S extends readonly unknown[]> = S extends Marked<In, S> ? unknown : Marked<In, S>;

/**
 * What a chain with the input `In` emits: the output of its last stage, looking through stages that pass their input
 * on.
 */
export type Emitted<In, S extends readonly unknown[]> = S extends readonly []
  ? In
  : S extends readonly [...infer Init, infer Last]
    ? Last extends Through<never>
      ? Emitted<In, Init>
      : Given<In, Last>
    : In | Given<In, S[number]>;

/**
 * What all of the lists take, when each gets the same input: `Chain<Taken<Lists>, Lists[K]>`. `unknown` when they take
 * anything; events when nothing suits all.
 */
export type Taken<Lists extends readonly AnyStages[]> =
  Taker<Lists[number]> extends (value: infer In) => void ? ([Plain<In>] extends [never] ? Event : Plain<In>) : never;

// What a reader would call the intersection: no event is a list, and `readonly Event[] & readonly (Event | null)[]` is
// a list of events.
type Plain<In> = In extends Event & readonly unknown[]
  ? never
  : In extends readonly Event[]
    ? readonly Event[] extends In
      ? readonly Event[]
      : In
    : In;

// As parameters: a union of functions takes what all of them take. After a stage that passes its input on, the next one
// has to take that input as well.
type Taker<S extends readonly unknown[]> = S extends readonly []
  ? never
  : S extends readonly [infer Head, ...infer Rest]
    ? Head extends Through<infer In>
      ? ((value: In) => void) | Taker<Rest>
      : Head extends Stage<infer In, unknown>
        ? (value: In) => void
        : never
    : (value: Event) => void;

// With an accumulator in a parameter the compiler follows a chain of hundreds of stages; without it, 47.
type Marked<In, S extends readonly unknown[], Done extends readonly unknown[] = readonly []> = S extends readonly []
  ? Done
  : S extends readonly [infer Head, ...infer Rest]
    ? Marked<Given<In, Head>, Rest, readonly [...Done, Fit<In, Head>]>
    : MarkedSpread<In, S, [], Done>;

// `...some`, where `some` is a list of unknown length: each must emit what it takes, as any may follow any. The
// compiler sees two such lists in one list, and all that stands between them, as one.
type MarkedSpread<
  In,
  S extends readonly unknown[],
  Tail extends readonly unknown[],
  Done extends readonly unknown[],
> = S extends readonly [...infer Init, infer Last]
  ? MarkedSpread<In, Init, readonly [Last, ...Tail], Done>
  : Marked<In, Tail, readonly [...Done, ...Stage<In, In>[]]>;

type Fit<In, S> =
  S extends Stage<infer Takes, unknown> ? ([In] extends [Takes] ? S : Mismatch<In, Takes>) : Stage<In, unknown>;

type Given<In, S> = S extends Through<never> ? In : S extends Stage<never, infer Out> ? Out : unknown;

let open: Pipeline[] | null = null;
/** Whoever declares a pipeline without being collected from has use for it. */
let isUsed = false;
let stray: Pipeline | null = null;

/** The first pipeline that was declared for nobody, or none. */
export function strayPipeline(): Pipeline | null {
  return isUsed ? null : stray;
}

/** Pipelines declared in this process have a use: its own tests, say. */
export function usePipelines(): void {
  isUsed = true;
}

/**
 * Declares a pipeline: every event that comes in goes through its stages, first to last. With `subscribe(channel)` as
 * its first stage, it gets what other pipelines publish instead.
 *
 * A statement of a route file: no export is needed. An empty list is skipped. Pipelines run side by side and never wait
 * for one another; if a stage throws, this pipeline alone restarts.
 *
 * @param name - Unique in the route directory; logs and metrics show it. No half of a surrogate pair, no NUL.
 * @param stages - The chain. Each stage takes what the previous one emits, the first one events.
 * @throws FastTsError `FTS_PIPELINE` on a bad name or option, and beyond 1,000 stages or 64 levels of stages inside
 * stages; `FTS_NOT_A_STAGE` when an element is not a stage.
 * @category Pipelines and events
 * @example
 * pipeline("Basic pipeline", [under(12), stdout()]);
 * pipeline("requests per second", [filter((e) => e.service === "http"), by("host", [rate(5)]), stdout()], {
 *   onFull: "shed",
 *   onCrash: [throttle(1, 3600), email("ops@example.com")],
 * });
 */
export function pipeline<const S extends AnyStages, const OnCrash extends AnyStages = readonly []>(
  name: string,
  stages: S & Chain<Event, S>,
  options: PipelineOptions<OnCrash & Chain<Event, OnCrash>> = {},
): Pipeline {
  if (typeof name !== "string" || name.trim() === "")
    throw new FastTsError("FTS_PIPELINE", `pipeline(name): must be a string that is not empty, got ${show(name)}`);
  if (/\p{Surrogate}/u.test(name))
    throw new FastTsError(
      "FTS_PIPELINE",
      `pipeline(name): must have no half of a surrogate pair, got ${show(name)}: what is kept under it would not be found again`,
    );
  if (name.includes("\0"))
    throw new FastTsError(
      "FTS_PIPELINE",
      `pipeline(name): must have no NUL, got ${show(name)}: behind one stands which part of a pipeline a saved state is of`,
    );
  const where = `pipeline ${JSON.stringify(name)}`;
  checkStages(where, stages);
  checkKeys(where, options, ["onFull", "inbox", "onCrash", "deadLetters", "key", "spread"]);
  const { onCrash = [], deadLetters, ...others } = options;
  checkStages(`${where}: onCrash`, onCrash);
  if (deadLetters !== undefined) checkStages(`${where}: deadLetters`, deadLetters);
  checkSize(where, [...stages, ...onCrash]);
  const given = (list: AnyStages): AnyStages => (deadLetters === undefined ? list : withDeadLetters(list, deadLetters));
  const [all, crashed] = [given(stages), given(onCrash)];
  checkSize(where, [...all, ...crashed]);
  checkChannel(where, all, crashed);
  if (options.onFull !== undefined) checkOption(where, "onFull", options.onFull, oneOf("wait", "shed"));
  if (options.key !== undefined) checkOption(where, "key", options.key, aKey);
  if (options.spread !== undefined) checkOption(where, "spread", options.spread, aBoolean);
  if (options.inbox !== undefined) checkOption(where, "inbox", options.inbox, atLeastOne);
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, pipeline);
  const declared: Pipeline = Object.freeze({
    kind: "pipeline",
    name,
    stages: all,
    options: { ...others, onCrash: crashed },
    declaredAt: site.stack ?? "",
  });
  if (open !== null) open.push(declared);
  else if (!isUsed) stray ??= declared;
  return declared;
}

const aKey: Rule = {
  must: `${SPREAD_FIELD_RULE}, or a list of these`,
  test: (value) => [value].flat().every(isSpreadField),
};

/** Maximum stages of a pipeline, those inside others included: each is a call on the stack and a row of the ledger. */
const MAX_STAGES = 1000;
/** Maximum nesting of stages inside others. */
const MAX_DEPTH_LEVELS = 64;

/** Stops at the limits: lists that contain one another twice grow without end otherwise. */
function checkSize(where: string, stages: AnyStages, depth = 1, before = 0): number {
  if (depth > MAX_DEPTH_LEVELS)
    throw new FastTsError(
      "FTS_PIPELINE",
      `${where}: stages stand more than ${MAX_DEPTH_LEVELS} deep inside one another`,
    );
  let count = before;
  for (const { branches } of stages) {
    count += 1;
    if (count > MAX_STAGES)
      throw new FastTsError(
        "FTS_PIPELINE",
        `${where}: has more than ${MAX_STAGES} stages, those inside others included: make several pipelines of it`,
      );
    for (const inside of Object.values(branches)) count = checkSize(where, inside, depth + 1, count);
  }
  return count;
}

function checkChannel(where: string, stages: AnyStages, onCrash: AnyStages): void {
  const others = edgesOf([...stages.slice(channelOf(stages) === null ? 0 : 1), ...onCrash]);
  const stray = others.find(({ kind }) => kind === "subscribe");
  if (stray === undefined) return;
  const call = `subscribe(${JSON.stringify(stray.name)})`;
  throw new FastTsError(
    "FTS_PIPELINE",
    `${where}: ${call} stands inside: it must be the first stage, and the only one`,
  );
}

/** Runs `evaluate` and returns the pipelines it declared. */
export function collectPipelines(evaluate: () => void): readonly Pipeline[] {
  const outer = open;
  const declared: Pipeline[] = [];
  open = declared;
  try {
    evaluate();
  } finally {
    open = outer;
  }
  return declared;
}
