import type { Verdict } from "../wire/decode.ts";

/** Where a transport hands its bytes to: the threads that host pipelines, or the pipelines of this one. */
export interface Intake {
  /** No more can be taken now; `onRelease` tells when it can again. */
  readonly isHeld: boolean;
  /** Set by the transport. */
  onRelease: () => void;
  /** What was wrong with the last Msg that was malformed. */
  readonly problem: string;
  /** How many events the Msgs looked at since the last `commit` carry. */
  readonly pending: number;
  /** Looks at one Msg, without its length, in [start, end). Its events are not offered before `commit`. */
  take(bytes: Buffer, start: number, end: number): Verdict;
  /**
   * Offers what was taken to every pipeline: once this returns it may be acknowledged. [start, end) are the whole
   * frames, lengths included, whose Msgs were taken since the last `commit`. The bytes are not kept.
   */
  commit(bytes: Buffer, start: number, end: number): void;
}
