import type { SliceThread } from "../../src/runtime/time-slice.ts";

/** A thread in virtual time, in which each look at the clock takes as long as the work between two looks is meant to. */
export class VirtualSlices implements SliceThread {
  seconds = 0;
  /** What passes at each look at the clock. */
  perLook: number;
  /** Whether pipelines always have something to do. */
  isLoaded = false;
  /** Seconds that were rested before each slice. */
  readonly rests: number[] = [];
  #planned: { readonly at: number; readonly run: () => void }[] = [];

  constructor(perLook = 0) {
    this.perLook = perLook;
  }

  readonly now = (): number => {
    this.seconds += this.perLook;
    return this.seconds;
  };

  readonly isBusy = (): boolean => this.isLoaded;

  later(seconds: number, run: () => void): void {
    this.rests.push(seconds);
    this.#planned.push({ at: this.seconds + seconds, run });
  }

  /** Runs the next slice; false when none is planned. */
  slice(): boolean {
    const next = this.#planned.shift();
    if (next === undefined) return false;
    this.seconds = Math.max(this.seconds, next.at);
    next.run();
    return true;
  }

  /** Runs slices until none is planned. */
  runAll(): void {
    while (this.slice());
  }
}
