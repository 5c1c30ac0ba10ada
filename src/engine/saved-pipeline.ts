import type { Plain } from "../core/state.ts";

/** What a pipeline's stages keep: for a supervisor of the same pipeline, or of one that is much like it. */
export interface SavedPipeline {
  /** Unix seconds, and seconds of service, at which it was saved. */
  readonly now: number;
  readonly elapsed: number;
  /** See `matchLayout`. */
  readonly layout: Plain;
  readonly run: Plain;
  /** Of the stages of `onCrash`. */
  readonly onCrash: Plain;
  /** The places of stages that may have a state which is not in it. */
  readonly forgetful: readonly string[];
}
