/** Seconds by which an event may be ahead of the clock, unless `--max-ahead` says otherwise. */
export const MAX_AHEAD_SECONDS = 60;

/** What has a time, Unix seconds. */
interface Timed {
  readonly time: number;
}

/** The times with which events count for windows, due times and expiry: one that is too far ahead counts as now. */
export class EventTimes {
  /** No event counts as later, by the clock as it was last seen. */
  latest = Number.NEGATIVE_INFINITY;
  /** Earlier events count with their own time; the others are looked at more closely. */
  plainBefore = Number.NEGATIVE_INFINITY;
  readonly #maxAhead: number;
  /** Events that were ahead, by the time with which they count: one that is held must not count as now for ever. */
  readonly #counted = new WeakMap<Timed, number>();
  /** The earliest of their own times: the clock may have passed it since. */
  #firstAhead = Number.POSITIVE_INFINITY;

  constructor(maxAhead: number) {
    this.#maxAhead = maxAhead;
  }

  /** The clock shows `now`; gives that back. */
  saw(now: number): number {
    this.latest = now + this.#maxAhead;
    this.plainBefore = this.latest < this.#firstAhead ? this.latest : this.#firstAhead;
    return now;
  }

  /** The time with which an event counts that was ahead; `null`: its own, as far as is known. */
  countedAs(event: Timed): number | null {
    return event.time < this.plainBefore ? null : (this.#counted.get(event) ?? null);
  }

  /** An event that was ahead counts with that time: it was saved so. */
  countAs(event: Timed, time: number): void {
    this.#counted.set(event, time);
    this.#firstAhead = Math.min(this.#firstAhead, event.time);
    this.plainBefore = Math.min(this.plainBefore, event.time);
  }

  /** The time with which an event counts that is not before `plainBefore`; the clock has just been seen to show `now`. */
  of(event: Timed, now: number): number {
    const counted = this.#counted.get(event);
    // One that counted as now before the clock was set back is ahead again.
    if (counted !== undefined && counted <= this.latest) return counted;
    if (!(event.time > this.latest)) return event.time;
    this.#counted.set(event, now);
    this.#firstAhead = Math.min(this.#firstAhead, event.time);
    return now;
  }
}
