import type { Clock } from "./clock.ts";
import { Event, NO_ATTRIBUTES, NO_TAGS } from "./event.ts";

/** Seconds an event without a ttl stays valid, unless `--default-ttl` says otherwise. */
export const DEFAULT_TTL = 60;

/**
 * Whether an event says that it has expired, or is older by the clock than its ttl, or `defaultTtl` when it has none.
 *
 * @param now - What the clock shows.
 */
export function isExpired(event: Event, clock: Clock, defaultTtl: number, now: number): boolean {
  return event.state === "expired" || now - clock.timeOf(event) > (event.ttl ?? defaultTtl);
}

/** Seconds that an event has left at `now`, and `idle` when it has no ttl. */
export function secondsLeft(event: Event, clock: Clock, idle: number, now: number): number {
  return event.ttl === null ? idle : clock.timeOf(event) + event.ttl - now;
}

/** What is left of an event that has expired at `now`: its host and service, and the state `expired`. */
export function expire({ host, service }: Event, now: number): Event {
  return new Event(host, service, "expired", null, null, now, null, NO_TAGS, NO_ATTRIBUTES, false, 0);
}
