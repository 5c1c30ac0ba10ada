/** What became of the frames that came in while recording; every number only grows. */
export interface RecordReport {
  /** Frames that are in the capture. */
  readonly frames: number;
  /** Bytes that they take there. */
  readonly bytes: number;
  /** Frames that are not: the disk was too slow, full, or failed. */
  readonly dropped: number;
}

/** Nothing recorded. */
export const NOTHING_RECORDED: RecordReport = { frames: 0, bytes: 0, dropped: 0 };
