import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf, forEachEvent } from "../core/event-list.ts";
import { aBoolean, aString, checkKeys, checkOption } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";

/** What comes of what is published. */
export interface SubscribeOptions {
  /**
   * Emit lists: those that are published as they are, an event as a list of one.
   * @default false: events, those of lists too
   */
  readonly lists?: boolean;
}

type Subscription = Stage<EventOrList, Event>;
type ListSubscription = Stage<EventOrList, readonly Event[]>;

/**
 * As the first stage of a pipeline: the pipeline receives what is published to the channel, and nothing else.
 *
 * Emits each event as it comes, in the order in which it was published, and holds nothing: events wait in the
 * pipeline's inbox. Of a list that is published it emits each event, or, with `{ lists: true }`, the list. The
 * pipeline's ledger counts as offered what was published while it existed. Events without a metric and expired ones are
 * treated like any other.
 *
 * @param channel - The name that `publish` has.
 * @throws FastTsError `FTS_STAGE_OPTION` when `channel` is not a string, or is empty; `FTS_PIPELINE` from `pipeline` when
 * it stands elsewhere.
 * @category Between pipelines
 * @example
 * pipeline("find", [where((e) => e.state === "critical", [publish("critical")])]);
 * pipeline("mail", [subscribe("critical"), throttle(5, 3600), email("ops@example.com")]);
 * pipeline("count", [subscribe("critical"), rate(60), stdout()]);
 */
export function subscribe(channel: string, options: SubscribeOptions & { readonly lists: true }): ListSubscription;
export function subscribe(channel: string, options?: SubscribeOptions & { readonly lists?: false }): Subscription;
export function subscribe(channel: string, options: SubscribeOptions = {}): Subscription | ListSubscription {
  checkOption("subscribe", "channel", channel, aString);
  checkKeys("subscribe", options, ["lists"]);
  const { lists = false } = options;
  checkOption("subscribe", "lists", lists, aBoolean);
  const about = { takes: "either", edge: { kind: "subscribe", name: channel }, memory: 0, changes: [] } as const;
  if (!lists)
    return stage<EventOrList, Event>(
      "subscribe",
      ({ emit }) =>
        (value) =>
          forEachEvent(value, emit),
      about,
    );
  const start: Start<EventOrList, readonly Event[]> =
    ({ emit }) =>
    (value) =>
      emit(eventsOf(value));
  return stage("subscribe", start, about);
}
