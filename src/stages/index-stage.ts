import { type Event, type EventOrList, forEachEvent } from "../core/event.ts";
import { atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import { type Context, type Through, through } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { compilePatch, readKept } from "../kit/event-patch.ts";
import type { FieldPath } from "../kit/field-values.ts";

/** How much the index holds, and what becomes of what has expired. */
export interface IndexOptions {
  /** How many hosts and services are held; beyond, the longest unchanged makes room. A whole number >= 1. @default 100_000 */
  readonly max?: number;
  /** Seconds >= 0.001 between two looks for events that have expired. @default 10 */
  readonly interval?: number;
  /** What is left of an event that has expired, besides its new state and time. @default ["host", "service"] */
  readonly keep?: FieldPath | readonly FieldPath[];
}

/** Expired events that go into the pipelines at once; the next ones follow when these are in. */
const SLICE_EVENTS = 1000;

/**
 * Keeps the last event of each host and service, and tells when one has expired. Riemann's `index`, and its
 * `periodically-expire`.
 *
 * Emits what it was given, at once. The daemon has one index: clients ask it with Riemann's queries, `/api/index` shows
 * it, and `t.index` in a test of routes. The last event that came counts, whatever its time; one with the state `expired`
 * takes its host and service out. Every `interval` seconds those are taken out whose ttl has passed, by the clock, or 60 seconds when they have none
 * (`default-ttl`): all pipelines get an event of that host and service with the state `expired` then, which `expired`,
 * `changedState` and others go by.
 *
 * Holds an event for each host and service, some 270 bytes, `max` of them; those that make room are counted as evicted,
 * and nobody is told. Pipelines with an index run in the same worker. A reload and a restart of the pipeline keep it, a
 * restart of the daemon or of the worker begins it anew. Events without a metric are kept as any other. As there is one
 * index, several of these stages had better say the same: each has room made when what it was given makes more than its
 * own `max`, and what has expired is found by the shortest `interval`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option is unknown or wrong.
 * @category State and change
 * @example
 * pipeline("index", [defaults({ ttl: 60 }), index()]);
 * pipeline("what fell silent", [expired(), throttle(10, 3600), email("ops@example.com")]);
 */
export function index(options: IndexOptions = {}): Through<EventOrList> {
  checkKeys("index", options, ["max", "interval", "keep"]);
  const { max = 100_000, interval = 10, keep = ["host", "service"] } = options;
  checkOption("index", "max", max, atLeastOne);
  checkOption("index", "interval", interval, duration);
  const remains = compilePatch("index", { ...readKept("index(keep)", keep), state: () => "expired" });
  return through<EventOrList>(
    "index",
    (context) => {
      const { emit, index: table } = context;
      const tooMany = new Episode();
      context.clock.every(interval, () => {
        tooMany.success(context);
        reap(context, interval, remains);
      });
      const full = "the index is full: the longest unchanged events make room for new ones";
      const take = (event: Event): void => {
        if (!table.put(event, max)) return;
        context.evicted(1, "full");
        tooMany.trouble(context, 1, full, { max });
      };
      return (value) => {
        forEachEvent(value, take);
        emit(value);
      };
    },
    { edge: { kind: "index", name: "index" } },
  );
}

/** Takes out what has expired, and tells all pipelines; once an interval, however many copies of the stage there are. */
function reap(context: Context<never>, interval: number, remains: (event: Event) => Event): void {
  const { clock, defaultTtl, index: table } = context;
  const now = clock.now();
  if (!table.isDue(now, interval)) return;
  const due = table.expired(now, defaultTtl);
  if (due.length > 0) context.background(tellAll(context, due, (event) => remains(event).with({ time: now })));
}

async function tellAll(
  context: Context<never>,
  due: readonly Event[],
  remains: (event: Event) => Event,
): Promise<void> {
  const { index: table, send } = context;
  for (let at = 0; at < due.length; at += SLICE_EVENTS) {
    const gone = due.slice(at, at + SLICE_EVENTS).filter((event) => table.remove(event));
    const fates = gone.map((event) => send(remains(event))).filter((fate) => fate !== null);
    // Where nothing has to be waited for, as in virtual time, all of it is one turn.
    if (fates.length === 0) continue;
    for (const reason of await Promise.all(fates)) if (reason !== null) context.dropped(1, reason);
  }
}
