import { FastTsError } from "../errors.ts";
import { EventTimes, MAX_AHEAD_SECONDS } from "./event-times.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";

/**
 * The shortest time that a clock measures, in seconds: the unit of Node's timers and wall clock. A window of less than
 * 2^-22 s would end when it begins, as doubles cannot tell today's times apart that finely.
 */
export const MIN_SECONDS = 0.001;

/** Cancels a timer; harmless when it already ran. */
export type Cancel = () => void;

/** The only source of time for a stage: the wall clock in the daemon, a virtual one in tests. */
export interface Clock {
  /** Unix seconds, with fractions. It may be set, forward or back: `elapsed` tells how long something took. */
  now(): number;
  /**
   * Seconds for which the daemon has been up, on a clock that is never set; timers go by it. With a state that is
   * restored, it goes on from where that was saved: the time between does not count.
   */
  elapsed(): number;
  /**
   * The time with which an event counts for windows, due times and expiry: its `time`, unless that is more than
   * `--max-ahead` ahead of the clock. Then it counts as now, and from then on as of that moment.
   */
  timeOf(event: { readonly time: number }): number;
  /**
   * No event counts as later: now, as it was last read, and `--max-ahead`. A time that a stage keeps and that lies
   * further ahead was kept before the clock was set back, and has to follow it.
   */
  latest(): number;
  /**
   * Calls `run` once, `seconds` from now; `Infinity`: never.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when `seconds` is not a number >= 0.
   */
  after(seconds: number, run: () => void): Cancel;
  /**
   * Calls `run` every `seconds`, the first time `first` seconds from now (default `seconds`), without drift.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when `seconds` is not a finite number >= 0.001 or `first` is not one >= 0.
   */
  every(seconds: number, run: () => void, first?: number): Cancel;
}

/** A clock that alarms are planned in: what the engine has. */
export interface AlarmClock extends Clock {
  /** Of events that are ahead. */
  readonly times: EventTimes;
  /**
   * Plans a timer, no longer when it was planned before.
   *
   * @param due - By `elapsed`.
   * @param order - See {@link TimerQueue}.
   */
  plan(timer: Timer, due: number, order?: number): void;
  cancel(timer: Timer): void;
}

// The origin of `performance.now` is another in each thread.
const [SECONDS, NANOSECONDS] = process.hrtime();
const ORIGIN = SECONDS + NANOSECONDS / 1e9 - performance.now() / 1000;

/** Seconds on a clock that never jumps, the same in all threads of the process, for measuring how long something took. */
export function monotonic(): number {
  return ORIGIN + performance.now() / 1000;
}

/**
 * Throws `FTS_STAGE_MISUSE` unless a clock can wait this long: one `NaN` in the queue would stop all timers behind it.
 */
export function checkAfter(seconds: number): void {
  if (!(Number.isFinite(seconds) && seconds >= 0) && seconds !== Number.POSITIVE_INFINITY)
    throw misuse("after(seconds)", "a number >= 0", seconds);
}

/**
 * Throws `FTS_STAGE_MISUSE` unless a clock can repeat a call at this interval: with no time between two calls the loop
 * would never end.
 */
export function checkEvery(seconds: number, first: number): void {
  if (!(Number.isFinite(seconds) && seconds >= MIN_SECONDS))
    throw misuse("every(seconds)", `a finite number >= ${MIN_SECONDS}`, seconds);
  if (!(Number.isFinite(first) && first >= 0)) throw misuse("every(first)", "a finite number >= 0", first);
}

function misuse(where: string, must: string, value: unknown): FastTsError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new FastTsError("FTS_STAGE_MISUSE", `clock.${where}: must be ${must}, got ${shown}`);
}

/** Calls `run` every `seconds`, independent of other timers: it shows that the thread's loop turns. */
export function heartbeat(seconds: number, run: () => void): Cancel {
  const timer = setInterval(run, seconds * 1000);
  return () => clearInterval(timer);
}

// One turn of due timers may take this long; the rest wait until sockets had their turn (docs/architecture.md, turns).
const TURN_SECONDS = 0.005;
// Node fires longer timeouts at once: 2^31 - 1 ms.
const MAX_TIMEOUT_MS = 0x7fffffff;

/**
 * The machine's clock. All timers of a thread share one queue and one Node timer, so a timer for each of a hundred
 * thousand keys costs one heap entry per key. Delays follow the monotonic clock, `now()` the wall clock.
 */
export class SystemClock implements AlarmClock {
  readonly #queue = new TimerQueue();
  /** What `performance.now` is ahead or behind, seconds. */
  readonly #shift: number;
  #armed: NodeJS.Timeout | null = null;
  #armedFor = Number.POSITIVE_INFINITY;
  readonly times: EventTimes;

  /**
   * @param maxAhead - Seconds by which an event may be ahead without counting as now.
   * @param origin - When `elapsed` was 0, by {@link monotonic}.
   */
  constructor(maxAhead = MAX_AHEAD_SECONDS, origin = 0) {
    this.#shift = ORIGIN - origin;
    this.times = new EventTimes(maxAhead);
    this.now();
  }

  now(): number {
    return this.times.saw(Date.now() / 1000);
  }

  elapsed(): number {
    return performance.now() / 1000 + this.#shift;
  }

  timeOf(event: { readonly time: number }): number {
    return event.time < this.times.plainBefore ? event.time : this.times.of(event, this.now());
  }

  latest(): number {
    return this.times.latest;
  }

  after(seconds: number, run: () => void): Cancel {
    checkAfter(seconds);
    return this.#add(this.elapsed() + seconds, run, 0);
  }

  every(seconds: number, run: () => void, first: number = seconds): Cancel {
    checkEvery(seconds, first);
    return this.#add(this.elapsed() + first, run, seconds);
  }

  plan(timer: Timer, due: number, order?: number): void {
    this.#queue.plan(timer, due, order);
    if (due < this.#armedFor) this.#arm();
  }

  cancel(timer: Timer): void {
    this.#queue.cancel(timer);
  }

  /** Forgets every timer. */
  stop(): void {
    this.#queue.clear();
    this.#arm();
  }

  #add(due: number, run: () => void, period: number): Cancel {
    const timer = this.#queue.add(due, run, period);
    if (due < this.#armedFor) this.#arm();
    return () => this.#queue.cancel(timer);
  }

  #arm(): void {
    if (this.#armed !== null) clearTimeout(this.#armed);
    const due = this.#queue.nextDue();
    this.#armedFor = due;
    this.#armed = null;
    if (due === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(MAX_TIMEOUT_MS, Math.max(0, Math.ceil((due - this.elapsed()) * 1000)));
    this.#armed = setTimeout(() => this.#fire(), delayMs);
  }

  #fire(): void {
    const end = this.elapsed() + TURN_SECONDS;
    this.#armedFor = Number.NEGATIVE_INFINITY; // timers added meanwhile need not arm: that is done below
    try {
      for (let now = this.elapsed(); this.#queue.nextDue() <= now && now < end; now = this.elapsed())
        this.#queue.runNext(now);
    } finally {
      this.#arm();
    }
  }
}
