import { Event, NO_ATTRIBUTES, NO_TAGS } from "./event.ts";

/** Seconds an event without a ttl stays valid, unless `--default-ttl` says otherwise. */
export const DEFAULT_TTL = 60;

/** Whether an event says that it has expired, or is older at `now` than its ttl, or `defaultTtl` when it has none. */
export function isExpired(event: Event, now: number, defaultTtl: number): boolean {
  return event.state === "expired" || now - event.time > (event.ttl ?? defaultTtl);
}

/** What is left of an event that has expired at `now`: its host and service, and the state `expired`. */
export function expire({ host, service }: Event, now: number): Event {
  return new Event(host, service, "expired", null, null, now, null, NO_TAGS, NO_ATTRIBUTES, false, 0);
}
