import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { aBoolean, aFunction, checkKeys, checkOption } from "../core/option.ts";
import type { Context, StageLog, Through } from "../core/stage.ts";
import type { TargetScope, TargetWriter, Verdict, WorkerTargetSpec } from "../core/target-port.ts";
import { deliverySink } from "./delivery-sink.ts";
import { OLD_OPTIONS, renameOptions } from "./old-options.ts";
import { DELIVERY_DEFAULTS, MESSAGE_OPTIONS, type MessageOptions, settingsOf } from "./options.ts";

export type { Verdict } from "../core/target-port.ts";

/** The back end of a sink of your own. */
export interface SinkWriter<Item> {
  /**
   * Sends a batch, the oldest first; resolves when the back end has it. Called while another write is under way only when
   * `concurrency` says so. `signal` is aborted when `timeout` is over: then the batch is tried again.
   */
  readonly write: (batch: readonly Item[], signal: AbortSignal) => PromiseLike<unknown>;
  /**
   * Says what an error of a write means: `"retry"` it is tried again, `"refused"` the back end will never take this (a
   * batch is halved until the event is found), `"failed"` the batch is given up. @default `"failed"`
   */
  judge?(error: Error): Verdict;
  /** Frees what the writer took: connections, files. */
  close?(): void;
}

/** What the writer of a sink gets when it is made: it outlives the runs of its pipeline. */
export interface SinkContext extends Pick<Context, "pipeline" | "place" | "clock"> {
  readonly log: StageLog;
}

/** How a sink of your own gathers events and how it gets rid of them; a field left out has its default. */
export interface SinkOptions<Lists extends boolean = false> extends Omit<MessageOptions, "batch" | "onFull"> {
  /**
   * What tells the queue apart in logs and metrics; sinks of the same name share one, and their pipelines run in one worker.
   * @default the pipeline and the place of the sink
   */
  readonly name?: string;
  /** How a list comes to `write`: as its events, or as a list. @default false: as its events */
  readonly lists?: Lists;
  /** When a batch is written; a number is its `events`, and goes with the next release. */
  readonly batch?: MessageOptions["batch"] | number;
  /** `"drop"` is `"drop-newest"`, and goes with the next release. */
  readonly onFull?: MessageOptions["onFull"] | "drop";
  /** The name of `maxEvents` until now; it goes with the next release. */
  readonly capacity?: number;
}

/**
 * A sink of your own: gathers events, writes them to a back end in batches, and passes every event on.
 *
 * It takes lists too, such as a window emits: `write` gets their events, or, with `{ lists: true }`, events and lists as
 * they came; a list is never divided. The ledger counts a list as one. An empty list is delivered, and not written.
 *
 * Never holds the pipeline up (except with `onFull: "wait"`): while one batch is being written, the next ones wait in a
 * bounded queue. Each event ends up delivered or dropped (`overflow`: no room; `refused` or `failed`: as `judge` says), and
 * is counted. What `judge` calls `"retry"` is tried again for `retryFor`, a day, after pauses that grow to 3 s. The queue
 * outlives reloads and throws of other stages; a stop waits for it, until its deadline.
 *
 * @param name - The word that logs and metrics show.
 * @param start - Returns `{ write, judge?, close? }`. Called once for all copies of the stage (the keys of a `by`) and all
 * their runs; what it returned is closed when the route file changes. Not called in tests of routes.
 * @throws FastTsError `FTS_STAGE_OPTION` when an option cannot work.
 * @category Your own
 * @example
 * const webhook = (url: string) =>
 *   sink("webhook", () => ({
 *     write: async (batch, signal) => {
 *       const answer = await fetch(url, { method: "POST", body: JSON.stringify(batch), signal });
 *       if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
 *     },
 *     judge: () => "retry",
 *   }));
 * pipeline("to a webhook", [webhook("http://localhost:8080/events")]);
 * // One message for an event, and one for a list.
 * const chat = (post: (text: string) => Promise<void>) =>
 *   sink(
 *     "chat",
 *     () => ({
 *       write: async (batch) => {
 *         for (const one of batch) await post(one instanceof Event ? `${one.service}` : `${one.length} events`);
 *       },
 *     }),
 *     { lists: true, batch: { events: 10 } },
 *   );
 * pipeline("at most five messages an hour", [
 *   filter((e) => e.state === "critical"),
 *   rollup(5, 3600),
 *   chat(async (text) => console.log(text)),
 * ]);
 */
export function sink(
  name: string,
  start: (context: SinkContext) => SinkWriter<EventOrList>,
  options: SinkOptions<true> & { readonly lists: true },
): Through<EventOrList>;
export function sink(
  name: string,
  start: (context: SinkContext) => SinkWriter<Event>,
  options?: SinkOptions,
): Through<EventOrList>;
export function sink(
  name: string,
  start: (context: SinkContext) => SinkWriter<Event>,
  options: SinkOptions<boolean> = {},
): Through<EventOrList> {
  const where = `sink ${name}`;
  checkOption(where, "start", start, aFunction);
  const { options: delivery, warnings } = renameOptions(where, options);
  checkKeys(where, options, [...MESSAGE_OPTIONS, ...OLD_OPTIONS, "lists"]);
  const { lists = false } = options;
  checkOption(where, "lists", lists, aBoolean);
  const settings = settingsOf(where, delivery, DELIVERY_DEFAULTS);
  const specs = new Map<string, WorkerTargetSpec>();
  const specOf = ({ pipeline, place }: Place): WorkerTargetSpec => {
    const label = delivery.name ?? `${pipeline}/${place}`;
    const spec = specs.get(label) ?? {
      id: `sink ${label}`,
      label,
      settings,
      isOwn: true,
      open: (scope: TargetScope) => writerOf(start, lists, contextOf(scope, pipeline, place)),
    };
    specs.set(label, spec);
    return spec;
  };
  const queue = delivery.name;
  return deliverySink(name, specOf, { deadLetters: delivery.deadLetters, warnings, queue, isOwn: true });
}

type Place = Pick<Context<never>, "pipeline" | "place">;
type Starter<Item> = (context: SinkContext) => SinkWriter<Item>;

function isForLists(_start: Starter<Event>, lists: boolean): _start is Starter<EventOrList> {
  return lists;
}

function writerOf(start: Starter<Event>, lists: boolean, context: SinkContext): TargetWriter<EventOrList> {
  if (isForLists(start, lists)) return start(context);
  const writer = start(context);
  return {
    write: (items, signal) => writer.write(items.flatMap(eventsOf), signal),
    judge: (error) => writer.judge?.(error) ?? "failed",
    close: () => writer.close?.(),
  };
}

/** The log has the place of the sink, as that of a stage does. */
function contextOf({ clock, log }: TargetScope, pipeline: string, stage: string): SinkContext {
  const line =
    (level: keyof StageLog) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      log[level](message, { pipeline, stage, ...fields });
  return { pipeline, place: stage, clock, log: { info: line("info"), warn: line("warn"), error: line("error") } };
}
