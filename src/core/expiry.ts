import type { Clock } from "./clock.ts";
import { type Event, NO_ATTRIBUTES, NO_TAGS, newEvent } from "./event.ts";

/** Seconds an event without a ttl stays valid, unless `--default-ttl` says otherwise. */
export const DEFAULT_TTL = 60;

/**
 * Whether an event says that it has expired, or is older by the clock than its ttl, or `defaultTtl` when it has none.
 *
 * @param now - What the clock shows.
 */
export function isExpired(event: Event, clock: Clock, defaultTtl: number, now: number): boolean {
  return event.state === "expired" || now - clock.timeOf(event) > ttlOf(event, defaultTtl);
}

/** Whether an event has a ttl; one that is `NaN`, which clients can send, is none. */
export function hasTtl(event: Event): event is Event & { readonly ttl: number } {
  return event.ttl !== null && !Number.isNaN(event.ttl);
}

/** The ttl of an event, `otherwise` when it has none. */
export function ttlOf(event: Event, otherwise: number): number {
  return hasTtl(event) ? event.ttl : otherwise;
}

/** Seconds that an event has left at `now`, and `idle` when it has no ttl. */
export function secondsLeft(event: Event, clock: Clock, idle: number, now: number): number {
  return hasTtl(event) ? clock.timeOf(event) + event.ttl - now : idle;
}

/** The fields that {@link expire} changes. */
export const NOT_KEPT: readonly string[] = ["state", "description", "metric", "time", "ttl", "tags", "attributes"];

/** What is left of an event that has expired at `now`: its host and service, and the state `expired`. */
export function expire({ host, service }: Event, now: number): Event {
  return newEvent(host, service, "expired", null, null, now, null, NO_TAGS, NO_ATTRIBUTES, false);
}
