import { type AlarmClock, type Cancel, checkAfter, checkEvery } from "../core/clock.ts";
import { EventTimes, MAX_AHEAD_SECONDS } from "../core/event-times.ts";
import { type Timer, TimerQueue } from "../core/timer-queue.ts";

/** A clock that stands still until it is advanced; due timers then run in order, each at its own time. */
export class VirtualClock implements AlarmClock {
  readonly #queue = new TimerQueue();
  #now: number;
  readonly times: EventTimes;

  /**
   * @param start - What the clock shows at first, seconds. @default 0
   * @param maxAhead - Seconds by which an event may be ahead without counting as now. @default 60
   */
  constructor(start = 0, maxAhead = MAX_AHEAD_SECONDS) {
    this.#now = start;
    this.times = new EventTimes(maxAhead);
    this.times.saw(start);
  }

  now(): number {
    return this.times.saw(this.#now);
  }

  elapsed(): number {
    return this.#now;
  }

  timeOf(event: { readonly time: number }): number {
    return event.time < this.times.plainBefore ? event.time : this.times.of(event, this.now());
  }

  latest(): number {
    return this.times.latest;
  }

  /** How many calls are planned: after everything has ended, none. */
  get timers(): number {
    return this.#queue.size;
  }

  /** When the next call is due; infinity when none is planned. */
  get nextDue(): number {
    return this.#queue.nextDue();
  }

  after(seconds: number, run: () => void): Cancel {
    checkAfter(seconds);
    const timer = this.#queue.add(this.#now + seconds, run, 0);
    return () => this.#queue.cancel(timer);
  }

  every(seconds: number, run: () => void, first: number = seconds): Cancel {
    checkEvery(seconds, first);
    const timer = this.#queue.add(this.#now + first, run, seconds);
    return () => this.#queue.cancel(timer);
  }

  plan(timer: Timer, due: number, order?: number): void {
    this.#queue.plan(timer, due, order);
  }

  cancel(timer: Timer): void {
    this.#queue.cancel(timer);
  }

  /** Lets time pass up to `time`, which is included; a time in the past changes nothing. */
  advanceTo(time: number, afterEach: () => void = () => {}): void {
    while (this.runNext(time)) afterEach();
  }

  /** Runs the next call that is due by `time`, at its own time. When there is none it is `time` now, and false is returned. */
  runNext(time: number): boolean {
    const due = this.#queue.nextDue();
    const isDue = due <= time;
    this.#now = Math.max(this.#now, isDue ? due : time);
    if (isDue) this.#queue.runNext(due);
    return isDue;
  }
}
