import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";

/** What stages see of the index: the last event of each host and service. */
export interface IndexView {
  /** Called with each event that makes room when the worker's state takes too many bytes; an `index` sets it. */
  onEvict: () => void;
  /** How many events are in it. */
  readonly size: number;
  /**
   * Takes note of an event; one with the state `expired` takes its host and service out. True when that exceeds `max`,
   * and the longest unchanged event had to make room.
   */
  put(event: Event, max: number): boolean;
  /** Takes an event out, unless another one of its host and service has come since. Returns whether it was in. */
  remove(event: Event): boolean;
  /** The event of the same host and service as this one; `null` when there is none. */
  of(event: Event): Event | null;
  /** The event of a host and service, `null` when there is none. */
  lookup(host: string | null, service: string | null): Event | null;
  /** All events for which `matches` says yes, the longest unchanged first; without it, all events. */
  search(matches?: (event: Event) => boolean): Event[];
  /**
   * Whether to look for events that have expired: a second stage that asks in the same `interval` need not.
   *
   * @param elapsed - By the clock's `elapsed`.
   */
  isDue(elapsed: number, interval: number): boolean;
  /**
   * The events that are older by the clock than their ttl, or `defaultTtl` when they have none, the longest unchanged
   * first: of those that are in it at the first step, as they were, some at each step.
   */
  expired(clock: Clock, defaultTtl: number): Iterable<readonly Event[]>;
}
