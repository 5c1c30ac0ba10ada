/** What the journal holds and how it fares. */
export interface JournalReport {
  /** What is wrong with the disk; null when nothing is. */
  readonly error: string | null;
  readonly bytes: number;
  /** Events that were written. */
  readonly written: number;
  /** Events that were not, or had to make room: refused, or taken in without. */
  readonly lost: number;
  /** Bytes that could not be read at the start, or by a replay. */
  readonly unreadableBytes: number;
}
