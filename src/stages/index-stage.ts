import type { Event } from "../core/event.ts";
import { type EventOrList, forEachEvent } from "../core/event-list.ts";
import { atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import { type Context, type Through, through } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { compilePatch, readKept } from "../kit/event-patch.ts";
import type { FieldPath } from "../kit/field-values.ts";
import { repeating } from "../kit/repeating.ts";

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
const SLICE_EVENTS = 100;

/**
 * Keeps the last event of each host and service, and tells when one has expired. Riemann's `index`, and its
 * `periodically-expire`.
 *
 * Emits its input, at once. The daemon has one index: clients ask it with Riemann's queries, `/api/index` shows it, and
 * `t.index` in a test of routes. The last event that came counts, whatever its time; one with the state `expired` takes
 * its host and service out. Every `interval` seconds, events whose ttl has passed by the clock (`default-ttl`, 60
 * seconds, when they have none) are taken out, and all pipelines receive an event of that host and service with the
 * state `expired`, which `expired`, `changedState` and others react to.
 *
 * Holds an event for each host and service, some 270 bytes, `max` of them; evicted ones are counted, and no event
 * reports them. With several workers each has the index of its hosts, unless a
 * pipeline that uses it needs all events: then one worker has all of it. Reloads and restarts of the pipeline keep it, with
 * `--state` those of the worker and of the daemon too. Events without a metric are kept like any other. There is one
 * index: give several of these stages the same options. Each makes room when the index exceeds its own `max`, and the
 * shortest `interval` finds what has expired.
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
      table.onEvict = () => context.evicted(1, "full");
      repeating(context, interval, () => {
        tooMany.success(context);
        return reap(context, interval, remains);
      });
      const full = "the index is full: the longest unchanged events make room for new ones";
      const take = (event: Event): void => {
        if (!table.put(event, max)) return;
        context.evicted(1, "full");
        tooMany.trouble(context, 1, full, { max });
      };
      return {
        onEvent: (value) => {
          forEachEvent(value, take);
          emit(value);
        },
        isInitial: () => table.size === 0,
      };
    },
    {
      takes: "either",
      edge: { kind: "index", name: "index" },
      memory: Number.POSITIVE_INFINITY,
      shape: [interval],
      changes: [],
      keyedBy: ["host", "service"],
    },
  );
}

/** Takes out what has expired, and tells all pipelines; once an interval, however many copies of the stage there are. */
function* reap(context: Context<never>, interval: number, remains: (event: Event) => Event): Generator<undefined> {
  const { clock, defaultTtl, index: table } = context;
  const now = clock.now();
  if (!table.isDue(clock.elapsed(), interval)) return;
  const due: Event[] = [];
  for (const some of table.expired(clock, defaultTtl)) {
    due.push(...some);
    yield;
  }
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
