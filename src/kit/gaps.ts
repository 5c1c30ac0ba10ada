import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import { isExpired } from "../core/expiry.ts";

/** Times in which nothing ran, part of a state: when each began, Unix seconds, and how many seconds it took. */
export type Gaps = readonly number[];

export const NO_GAPS: Gaps = Object.freeze([]);

/** Earlier ones are forgotten: events from before them are very old. */
const MAX_GAPS = 100;

export function withGap(gaps: Gaps, at: number, seconds: number): Gaps {
  return seconds > 0 ? [...gaps, at, seconds].slice(-2 * MAX_GAPS) : gaps;
}

/** As `isExpired`, of an event that is held: while nothing ran it could not be renewed, so it did not grow older. */
export function isHeldExpired(event: Event, clock: Clock, defaultTtl: number, now: number, gaps: Gaps): boolean {
  let ran = now;
  if (gaps.length > 0) {
    const time = clock.timeOf(event);
    for (let at = 0; at < gaps.length; at += 2) if (time <= (gaps[at] ?? 0)) ran -= gaps[at + 1] ?? 0;
  }
  return isExpired(event, clock, defaultTtl, ran);
}
