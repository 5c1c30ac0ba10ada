import type { StopReport } from "../runtime/shutdown.ts";

/** A stop of a worker that is under way. */
export interface WorkerStopState {
  /** When all must have ended, by the clock's `elapsed`. */
  readonly by: number;
  /** Events that threads which ended meanwhile took along. */
  lost: number;
  /** What the thread said that has finished. */
  report: StopReport | null;
}
