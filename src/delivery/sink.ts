import { type Event, weigh } from "../core/event.ts";
import { aFunction, atLeastOne, checkKeys, checkOption, oneOf, positive } from "../core/option.ts";
import { type Context, type Stage, stage } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { Capacity } from "./capacity.ts";
import { Outbox, type SinkWriter } from "./outbox.ts";

export type { SinkWriter, Verdict } from "./outbox.ts";

/** How a sink gathers events, and how long it tries to deliver them; a field left out has its default. */
export interface SinkOptions {
  /** How many events may wait for the back end, all copies of the sink (the keys of a `by`) together. @default 10,000 */
  readonly capacity?: number;
  /** The most events one write gets. @default 500 */
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

const DEFAULTS = { capacity: 10_000, batch: 500, onFull: "drop", tries: 5, backoff: 1, maxBackoff: 60 } as const;

/**
 * A sink of your own: gathers events, writes them to a back end in batches, and passes every event on.
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
 */
export function sink(name: string, start: (context: Context) => SinkWriter<Event>, options: SinkOptions = {}): Stage {
  const where = `sink ${name}`;
  checkOption(where, "start", start, aFunction);
  checkKeys(where, options, Object.keys(DEFAULTS));
  const settings = { ...DEFAULTS, ...options };
  for (const key of ["capacity", "batch", "tries"] as const) checkOption(where, key, settings[key], atLeastOne);
  for (const key of ["backoff", "maxBackoff"] as const) checkOption(where, key, settings[key], positive);
  checkOption(where, "onFull", settings.onFull, oneOf("drop", "wait"));
  // All copies of the stage in this thread share these: the bound holds, and trouble is logged once.
  const shared = { room: new Capacity(settings.capacity), episode: new Episode() };
  return stage(
    name,
    (context) => {
      const outbox = new Outbox(context, start(context), settings, shared, weigh, context.emit);
      return {
        onEvent(event) {
          const room = outbox.add(event);
          if (room === undefined) context.emit(event);
          return room;
        },
        flush: () => outbox.flush(),
        stop: () => outbox.stop(),
      };
    },
    { edge: { kind: "sink", name }, memory: 0 },
  );
}
