/** What the journal holds and how it fares. */
export interface JournalReport {
  /** What is wrong with the disk, or was done to the files; null when nothing is. */
  readonly error: string | null;
  readonly bytes: number;
  /** Events that were written. */
  readonly written: number;
  /** Events that were not, or are not there any more: refused, taken in without, gone to make room, or with their file. */
  readonly lost: number;
  /** Bytes that could not be read at the start, or by a replay. */
  readonly unreadableBytes: number;
}
