import type { Clock } from "../core/clock.ts";
import { ThreadTime } from "../system/thread-time.ts";
import type { Threads } from "../system/thread-times.ts";
import type { RingWriter } from "./ring-writer.ts";

/** A thread that gives no sign of life for this long is replaced … */
const HUNG_SECONDS = 5;
/** … or this long, when the others wait for it: the ring is full of what it has not read. */
const IN_THE_WAY_SECONDS = 1;
/** A new thread has this long until its first sign of life. */
const START_SECONDS = 60;
/** Seconds from one look to the next. */
export const LOOK_SECONDS = 0.25;

/** A thread that gives no sign of life. */
export interface Hang {
  /** For the log: says what it was at. */
  readonly message: string;
  readonly seconds: number;
}

type Signs = Pick<RingWriter, "beat" | "threadId" | "isDecoding" | "isInTheWay">;

interface WatchdogOptions {
  readonly ring: Signs;
  readonly worker: number;
  readonly clock: Pick<Clock, "elapsed">;
  readonly threads?: Threads;
}

/**
 * Finds the thread that hangs: one that does not get on though it had the time. Time in which it waited for a processor is
 * not its fault, and does not count where the system tells; elsewhere what passed on the clock counts.
 */
export class Watchdog {
  readonly #ring: Signs;
  readonly #worker: number;
  readonly #clock: Pick<Clock, "elapsed">;
  /** What the thread had since its last sign of life. */
  readonly #still: ThreadTime;
  #beat = 0;
  #isStarting = true;
  #lookedAt = 0;

  constructor({ ring, worker, clock, threads }: WatchdogOptions) {
    this.#ring = ring;
    this.#worker = worker;
    this.#clock = clock;
    this.#still = new ThreadTime(threads);
  }

  /** A new thread begins. */
  started(): void {
    this.#isStarting = true;
    this.#beat = this.#ring.beat(this.#worker);
    this.#still.reset();
    this.#lookedAt = this.#clock.elapsed();
  }

  /** To be called every {@link LOOK_SECONDS}. */
  look(): Hang | null {
    const now = this.#clock.elapsed();
    // When this thread too had to wait for the processor, that is no fault of the other one's.
    const passed = Math.min(now - this.#lookedAt, LOOK_SECONDS);
    this.#lookedAt = now;
    const beat = this.#ring.beat(this.#worker);
    if (beat !== this.#beat) {
      this.#beat = beat;
      this.#isStarting = false;
      this.#still.reset();
      return null;
    }
    this.#still.add(this.#ring.threadId(this.#worker), passed);
    const { seconds } = this.#still;
    if (seconds < this.#limit) return null;
    const message = `worker hangs: ${this.#what()}, the worker is replaced`;
    return { message, seconds: Math.round(seconds * 10) / 10 };
  }

  #what(): string {
    if (this.#isStarting) return "its thread does not start";
    return this.#ring.isDecoding(this.#worker) ? "a message is not decoded" : "user code does not return";
  }

  get #limit(): number {
    if (this.#isStarting) return START_SECONDS;
    return this.#ring.isInTheWay(this.#worker) ? IN_THE_WAY_SECONDS : HUNG_SECONDS;
  }
}
