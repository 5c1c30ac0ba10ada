/*
 * What a time is in, by its size: seconds up to the year 2128, or else milliseconds, microseconds or nanoseconds of any
 * year from 1970 on (InfluxDB 3 tells them apart at the same sizes).
 */
const MIN_MILLIS = 5e9;
const MIN_MICROS = 5e12;
const MIN_NANOS = 5e15;

/** Reads the times of events as they come in, and counts those that are not as they should be. */
export class ArrivalTimes {
  /** Earlier times are as they should be; `seconds` is for the others. */
  plainBefore = Number.POSITIVE_INFINITY;
  /** Events whose time was not in seconds. */
  timeUnit = 0;
  /** Events that were later than `latest`. */
  ahead = 0;
  /** Whether events are counted: one that several threads decode is counted by one of them. */
  isCounting = true;
  readonly #readsUnits: boolean;
  #latest = Number.POSITIVE_INFINITY;

  /** @param readsUnits - Whether times that cannot be seconds become seconds. */
  constructor(readsUnits: boolean) {
    this.#readsUnits = readsUnits;
    this.latest = Number.POSITIVE_INFINITY;
  }

  /** No event should be later, Unix seconds. */
  set latest(latest: number) {
    this.#latest = latest;
    this.plainBefore = this.#readsUnits && latest > MIN_MILLIS ? MIN_MILLIS : latest;
  }

  /** The time in seconds of one that is not before `plainBefore`. */
  seconds(time: number): number {
    let seconds = time;
    if (this.#readsUnits && time >= MIN_MILLIS) {
      if (this.isCounting) this.timeUnit++;
      seconds = time / (time < MIN_MICROS ? 1e3 : time < MIN_NANOS ? 1e6 : 1e9);
    }
    if (seconds > this.#latest && this.isCounting) this.ahead++;
    return seconds;
  }
}

/** Takes times as they are. */
export const AS_THEY_ARE = new ArrivalTimes(false);
