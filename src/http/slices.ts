import { monotonic } from "../core/clock.ts";

/** So much of a page is rendered before sockets, timers and pipelines of this thread have their turn. */
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

  /** Lets others have their turn, when this slice has been long enough. */
  rest(): Promise<void> | null {
    const now = this.#now();
    return now - this.#begun < SLICE_SECONDS ? null : this.#rest(now);
  }

  /** Ends the last slice. */
  end(): void {
    this.worked += this.#now() - this.#begun;
  }

  async #rest(now: number): Promise<void> {
    this.worked += now - this.#begun;
    await new Promise((resolve) => setImmediate(resolve));
    this.#begun = this.#now();
  }
}
