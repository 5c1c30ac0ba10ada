import type { Event, EventOrList } from "../core/event.ts";
import { aBoolean, aFunction, atLeastOne, checkKeys, checkOption, oneOf, positive } from "../core/option.ts";
import { type Context, type Through, through } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { type BatchForm, eventCount, flat, placesOf, whole } from "./batch-form.ts";
import { Capacity } from "./capacity.ts";
import { nothingToSend, Outbox, type OutboxSettings, type SinkWriter } from "./outbox.ts";

export type { SinkWriter, Verdict } from "./outbox.ts";

/** How a sink gathers events, and how long it tries to deliver them; a field left out has its default. */
export interface SinkOptions<Lists extends boolean = false> {
  /**
   * How many events may wait for the back end, all copies of the sink (the keys of a `by`) together. A list is taken whole
   * when there is room for one event; an event of more than 8 KiB takes the room of several. @default 10,000
   */
  readonly capacity?: number;
  /**
   * How a list comes to `write`: as its events, or as a list. @default false: as its events
   */
  readonly lists?: Lists;
  /** The most events one write gets, with `lists` the most events and lists. @default 500 */
  readonly batch?: number;
  /** With no room left, `"drop"` drops the newest event, counted; `"wait"` makes the pipeline wait. @default "drop" */
  readonly onFull?: "drop" | "wait";
  /** How often a batch is tried when `judge` says `"retry"`, the first time included. @default 5 */
  readonly tries?: number;
  /** Seconds before the second try; each further pause is twice as long. @default 1 */
  readonly backoff?: number;
  /** The longest pause, seconds. @default 60 */
  readonly maxBackoff?: number;
}

const DEFAULTS = {
  capacity: 10_000,
  batch: 500,
  onFull: "drop",
  tries: 5,
  backoff: 1,
  maxBackoff: 60,
  lists: false,
} as const;

/**
 * A sink of your own: gathers events, writes them to a back end in batches, and passes every event on.
 *
 * It takes lists too, such as a window emits: `write` gets their events, or, with `{ lists: true }`, events and lists as
 * they came. The ledger counts a list as one; it is dropped when one of its events is. An empty list is delivered, and
 * not written.
 *
 * Never holds the pipeline up (except with `onFull: "wait"`): while one batch is being written, the next ones wait in a
 * bounded buffer. Each event ends up delivered or dropped (`overflow`: no room; `refused` or `failed`: as `judge`
 * says), and is counted. A stop or a reload waits for the buffer to empty, until its deadline; when a stage above
 * throws, what is held is tried once more. Give each write a time limit of its own: `context.signal` is aborted by
 * then.
 *
 * @param name - The word that logs and metrics show.
 * @param start - Makes the sink live and returns `{ write, judge?, close? }`. Called for each run and each key of a
 * `by`.
 * @throws FastTsError `FTS_STAGE_OPTION` when an option cannot work.
 * @category Your own
 * @example
 * const webhook = (url: string) =>
 *   sink("webhook", () => ({
 *     write: async (batch) => {
 *       const signal = AbortSignal.timeout(10_000);
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
 *     { lists: true, batch: 10 },
 *   );
 * pipeline("at most five messages an hour", [
 *   filter((e) => e.state === "critical"),
 *   rollup(5, 3600),
 *   chat(async (text) => console.log(text)),
 * ]);
 */
export function sink(
  name: string,
  start: (context: Context) => SinkWriter<EventOrList>,
  options: SinkOptions<true> & { readonly lists: true },
): Through<EventOrList>;
export function sink(
  name: string,
  start: (context: Context) => SinkWriter<Event>,
  options?: SinkOptions,
): Through<EventOrList>;
export function sink(
  name: string,
  start: (context: Context) => SinkWriter<Event>,
  options: SinkOptions<boolean> = {},
): Through<EventOrList> {
  const where = `sink ${name}`;
  checkOption(where, "start", start, aFunction);
  checkKeys(where, options, Object.keys(DEFAULTS));
  const settings = { ...DEFAULTS, ...options };
  for (const key of ["capacity", "batch", "tries"] as const) checkOption(where, key, settings[key], atLeastOne);
  for (const key of ["backoff", "maxBackoff"] as const) checkOption(where, key, settings[key], positive);
  checkOption(where, "onFull", settings.onFull, oneOf("drop", "wait"));
  checkOption(where, "lists", settings.lists, aBoolean);
  return isForLists(start, settings.lists)
    ? sinkOf(name, { start }, whole(placesOf), settings)
    : sinkOf(name, { start }, flat, settings);
}

type Starter<Item> = (context: Context) => SinkWriter<Item>;

function isForLists(_start: Starter<Event>, lists: boolean): _start is Starter<EventOrList> {
  return lists;
}

interface Starting<Item> {
  // A method, whose parameter may be of a narrower type: the sink, and not its writer, emits what it was given.
  start(context: Context<never>): SinkWriter<Item>;
}

function sinkOf<Item>(
  name: string,
  sinkWriter: Starting<Item>,
  form: BatchForm<EventOrList, Item>,
  settings: OutboxSettings & { readonly capacity: number },
): Through<EventOrList> {
  // All copies of the stage in this thread share these: the bound holds, and trouble is logged once.
  const shared = { room: new Capacity(settings.capacity), episode: new Episode() };
  return through<EventOrList>(
    name,
    <In extends EventOrList>(context: Context<In>) => {
      const outbox = new Outbox<In, Item>(context, sinkWriter.start(context), form, settings, shared, context.emit);
      return {
        onEvent(value: In) {
          const room = eventCount(value) === 0 ? nothingToSend(context) : outbox.add(value);
          if (room === undefined) context.emit(value);
          return room;
        },
        flush: () => outbox.flush(),
        stop: () => outbox.stop(),
      };
    },
    { takes: "either", edge: { kind: "sink", name }, memory: 0 },
  );
}
