/** Whole runs of a capture, one after the other. */
export interface Runs {
  readonly bytes: Buffer;
  /** When their capture was begun, Unix seconds. */
  readonly begun: number;
  /** Says that a place in `bytes` is damaged, and where that is. */
  damagedAt(at: number): string;
}

/** What who reads a capture should know, in words. */
export interface CaptureReport {
  readonly notes: string[];
  /** What could not be read. */
  readonly damage: string[];
}
