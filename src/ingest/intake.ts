import type { Verdict } from "../wire/decode.ts";

/** Where a transport hands its bytes to: the threads that host pipelines, or the pipelines of this one. */
export interface Intake {
  /** No more can be taken now; `onRelease` tells when it can again. */
  readonly isHeld: boolean;
  /** Set by the transport. */
  onRelease: () => void;
  /** What was wrong with the last Msg that was malformed, to be read behind the word "message". */
  readonly problem: string;
  /** How many events were taken and not offered yet. */
  readonly pending: number;
  /** Looks at one Msg, without its length, in [start, end). */
  take(bytes: Buffer, start: number, end: number): Verdict;
  /**
   * Ends a run of frames: [start, end) are, lengths included, those whose Msgs were taken since the last run. The bytes
   * may change afterwards.
   */
  keep(bytes: Buffer, start: number, end: number): void;
  /** Offers what was taken to every pipeline: once this returns it may be acknowledged. */
  offer(): void;
}
