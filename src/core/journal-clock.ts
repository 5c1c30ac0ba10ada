import { type AlarmClock, type Cancel, checkAfter, checkEvery } from "./clock.ts";
import { EventTimes, MAX_AHEAD_SECONDS } from "./event-times.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";

/** A moment, as the journal has it: Unix seconds, which may be set, and seconds of service, which only grow. */
export interface Moment {
  readonly now: number;
  readonly elapsed: number;
}

/**
 * A clock that shows the time of the last record of a journal: what pipelines do depends on the records alone, so a replay
 * does the same. It stands still between two records; timers run when a later one comes, each at its own time.
 */
export class JournalClock implements AlarmClock {
  readonly times: EventTimes;
  readonly #queue = new TimerQueue();
  #now = 0;
  #elapsed = 0;
  /** Timers that are due are left: also some of that very moment. */
  #isUnderWay = false;

  /** @param maxAhead - Seconds by which an event may be ahead without counting as now. */
  constructor(maxAhead = MAX_AHEAD_SECONDS) {
    this.times = new EventTimes(maxAhead);
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  timeOf(event: { readonly time: number }): number {
    return event.time < this.times.plainBefore ? event.time : this.times.of(event, this.#now);
  }

  latest(): number {
    return this.times.latest;
  }

  after(seconds: number, run: () => void): Cancel {
    checkAfter(seconds);
    return this.#add(this.#elapsed + seconds, run, 0);
  }

  every(seconds: number, run: () => void, first: number = seconds): Cancel {
    checkEvery(seconds, first);
    return this.#add(this.#elapsed + first, run, seconds);
  }

  plan(timer: Timer, due: number, order?: number): void {
    this.#queue.plan(timer, due, order);
  }

  cancel(timer: Timer): void {
    this.#queue.cancel(timer);
  }

  /** It is that time now, and no timer runs: nothing did meanwhile. */
  set({ now, elapsed }: Moment): void {
    this.#now = this.times.saw(now);
    this.#elapsed = Math.max(this.#elapsed, elapsed);
  }

  /**
   * Lets time pass; a moment that is over changes nothing.
   *
   * @param isTimeUp - Whether others are to get their turn before the next timer.
   * @returns Whether it has come to that moment; if not, it is to be called again.
   */
  advance(moment: Moment, isTimeUp: () => boolean): boolean {
    if (moment.elapsed <= this.#elapsed && !this.#isUnderWay) return true;
    this.#isUnderWay = true;
    for (let due = this.#queue.nextDue(); due <= moment.elapsed; due = this.#queue.nextDue()) {
      if (due > this.#elapsed) this.set({ now: this.#now + (due - this.#elapsed), elapsed: due });
      this.#queue.runNext(due);
      if (isTimeUp()) return false;
    }
    this.#isUnderWay = false;
    this.set(moment);
    return true;
  }

  /** Forgets every timer. */
  stop(): void {
    this.#queue.clear();
  }

  #add(due: number, run: () => void, period: number): Cancel {
    const timer = this.#queue.add(due, run, period);
    return () => this.#queue.cancel(timer);
  }
}
