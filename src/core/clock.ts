/** Takes a timer back; harmless when it already ran. */
export type Cancel = () => void;

/** The only source of time for a stage: the wall clock in the daemon, a virtual one in tests. */
export interface Clock {
  /** Unix seconds, with fractions. */
  now(): number;
  /** Calls `run` once, `seconds` from now. */
  after(seconds: number, run: () => void): Cancel;
  /** Calls `run` every `seconds`, the first time `first` seconds from now (default `seconds`), without drift. */
  every(seconds: number, run: () => void, first?: number): Cancel;
}

/** Seconds on a clock that never jumps, for measuring how long something took. */
export function monotonic(): number {
  return performance.now() / 1000;
}
