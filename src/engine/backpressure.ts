import type { Cancel, Clock } from "../core/clock.ts";

/** How long a pipeline that waits for something of its own may hold its senders up, per episode. */
const HOLD_SECONDS = 1;

/** What a full inbox does to its senders. */
export interface Senders {
  /** They are to wait. */
  hold(): void;
  /** They may go on. */
  release(): void;
}

/** What clients need of the thread whose pipelines they fill. */
interface FullCount {
  full: number;
  relieved(): void;
}

/** Clients fill the inbox: none is read from while any pipeline of the thread is full. */
export function clients(thread: FullCount): Senders {
  return {
    hold: () => void thread.full++,
    release() {
      thread.full--;
      if (thread.full === 0) thread.relieved();
    },
  };
}

/** Senders that hand over one event after the other and wait by themselves: the publishers of a channel. */
export class Waiting implements Senders {
  /** Resolves when they may go on; `null`: there is nothing to wait for. */
  room: Promise<null> | null = null;
  #release = (): void => {};

  hold(): void {
    this.room = new Promise((resolve) => {
      this.#release = () => resolve(null);
    });
  }

  release(): void {
    this.room = null;
    this.#release();
  }
}

interface PressureOptions {
  readonly clock: Clock;
  /** Events in the inbox at which it is full. */
  readonly limit: number;
  readonly onFull: "wait" | "shed" | null;
  readonly senders: Senders;
  /** Whether the pipeline waits for something of its own; else only the processor is busy. */
  isWaiting(): boolean;
  /** It has held its senders up for long enough: from now on it sheds. */
  stall(): void;
}

/**
 * The episodes of a full inbox: its senders wait, for a second in all when that is the
 * pipeline's own doing; then it stalls. An episode is over when the inbox is half empty.
 */
export class Backpressure {
  readonly #options: PressureOptions;
  #isFull = false;
  /** Seconds that senders were held up in this episode. */
  #held = 0;
  #heldSince = 0;
  #cancelHold: Cancel = () => {};

  constructor(options: PressureOptions) {
    this.#options = options;
  }

  /** Takes the length of the inbox, while the pipeline runs. */
  gauge(length: number): void {
    const { limit } = this.#options;
    if (length >= limit) this.#hold();
    else this.release();
    if (length <= limit / 2) this.#held = 0;
  }

  /** Lets the senders go on, whatever the inbox holds. */
  release(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#cancelHold();
    this.#held += this.#options.clock.elapsed() - this.#heldSince;
    this.#options.senders.release();
  }

  #hold(): void {
    if (this.#isFull) return;
    const { onFull, senders, clock, stall } = this.#options;
    if (onFull === "shed") return stall();
    this.#isFull = true;
    senders.hold();
    this.#heldSince = clock.elapsed();
    if (onFull === null) this.#cancelHold = clock.after(Math.max(0, HOLD_SECONDS - this.#held), () => this.#look());
  }

  /** The inbox was full for a second of this episode: by its own doing, or is only the processor busy? */
  #look(): void {
    const { clock, isWaiting, stall } = this.#options;
    if (!isWaiting()) {
      this.#held = 0;
      this.#heldSince = clock.elapsed();
      this.#cancelHold = clock.after(HOLD_SECONDS, () => this.#look());
      return;
    }
    stall(); // before the senders go on: what they bring must find it shedding
    this.release();
  }
}
