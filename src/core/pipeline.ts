import { FastTsError } from "../errors.ts";
import type { Event } from "./event.ts";
import { atLeastOne, checkKeys, checkOption, oneOf } from "./option.ts";
import { checkStages, type Stage, show } from "./stage.ts";

export interface PipelineOptions {
  /**
   * What happens when the inbox is full because the pipeline waits for something of its own: `"wait"` holds senders up
   * until there is room, `"shed"` drops the newest events at once, counted. Left out, senders are held up for one
   * second, then events are shed until the inbox is half empty again.
   */
  readonly onFull?: "wait" | "shed";
  /** How many events the inbox holds. @default the daemon's `inbox` option, 16,384 */
  readonly inbox?: number;
}

/** A declared pipeline: a name, its stages, and where it stands in the source. */
export interface Pipeline {
  readonly kind: "pipeline";
  readonly name: string;
  readonly stages: readonly Stage<never, unknown>[];
  readonly options: PipelineOptions;
  /** The stack of the `pipeline(…)` call; the loader finds file, line and column in it. */
  readonly declaredAt: string;
}

/** What the compiler says where a stage does not take what the one before it gives. */
export interface Mismatch<Given, Taken> {
  readonly "this stage does not take what the stage before it emits": { given: Given; taken: Taken };
}

/** A list in which each stage takes what the one before gives, the first one `In`; a misfit becomes a {@link Mismatch}. */
export type Chain<In, S extends readonly unknown[]> = S extends readonly [infer Head, ...infer Rest]
  ? Head extends Stage<infer Taken, infer Given>
    ? readonly [[In] extends [Taken] ? Head : Mismatch<In, Taken>, ...Chain<Given, Rest>]
    : readonly [Stage<In, unknown>, ...Chain<unknown, Rest>]
  : S extends readonly []
    ? readonly []
    : readonly Stage<In, In>[];

let open: Pipeline[] | null = null;

/**
 * Declares a pipeline: every event that comes in goes through its stages, first to last.
 *
 * A statement of a route file: no export is needed. An empty list is skipped. Pipelines run side by side and never
 * wait for one another; should a stage throw, this pipeline alone starts anew.
 *
 * @param name - Unique in the route directory; logs and metrics show it.
 * @param stages - The chain. Each stage takes what the one before emits, the first one events.
 * @throws FastTsError `FTS_PIPELINE` on a bad name or option, `FTS_NOT_A_STAGE` when an element is no stage.
 * @example
 * pipeline("Basic pipeline", [under(12), stdout()]);
 */
export function pipeline<const S extends readonly Stage<never, unknown>[]>(
  name: string,
  stages: S & Chain<Event, S>,
  options: PipelineOptions = {},
): Pipeline {
  if (typeof name !== "string" || name.trim() === "")
    throw new FastTsError("FTS_PIPELINE", `pipeline(name): must be a string that is not empty, got ${show(name)}`);
  const where = `pipeline ${JSON.stringify(name)}`;
  checkStages(where, stages);
  checkKeys(where, options, ["onFull", "inbox"]);
  if (options.onFull !== undefined) checkOption(where, "onFull", options.onFull, oneOf("wait", "shed"));
  if (options.inbox !== undefined) checkOption(where, "inbox", options.inbox, atLeastOne);
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, pipeline);
  const declared: Pipeline = Object.freeze({ kind: "pipeline", name, stages, options, declaredAt: site.stack ?? "" });
  open?.push(declared);
  return declared;
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
