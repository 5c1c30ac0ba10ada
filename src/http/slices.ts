import { monotonic } from "../core/clock.ts";

/** How much of a page is rendered before sockets, timers and pipelines of this thread have their turn. */
const SLICE_SECONDS = 0.002;

/** A long rendering in slices, and what it has cost so far. */
export class Slices {
  /** Seconds of work in the slices that are over. */
  worked = 0;
  readonly #now: () => number;
  #begun: number;

  /** @param now - Seconds, on a clock that never jumps. */
  constructor(now: () => number = monotonic) {
    this.#now = now;
    this.#begun = now();
  }

  /** This slice has been long enough. */
  get isOver(): boolean {
    return this.#now() - this.#begun >= SLICE_SECONDS;
  }

  /** Lets others have their turn, when this slice has been long enough. */
  rest(): Promise<void> | null {
    return this.isOver ? this.end() : null;
  }

  /** Ends this slice: others have their turn, then the next one begins. */
  async end(): Promise<void> {
    this.worked += this.#now() - this.#begun;
    await new Promise((resolve) => setImmediate(resolve));
    this.#begun = this.#now();
  }
}
