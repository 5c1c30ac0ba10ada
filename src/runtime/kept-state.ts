/** The name of what is saved of the index: no pipeline has it. */
export const INDEX = "\0index";

/** What was saved of a pipeline, or of the index. */
export interface SavedState {
  readonly name: string;
  /** Unix seconds, and seconds of service, at which it was saved. */
  readonly now: number;
  readonly elapsed: number;
  /** With a journal: how many of its events it has dealt with. */
  readonly position: number;
  /** None: it had nothing yet. */
  readonly bytes: Uint8Array;
}

/** What a thread says of the state of its pipelines. */
export interface KeptState {
  readonly saved: readonly SavedState[];
  /** Pipelines that could not be saved this time. */
  readonly skipped: readonly string[];
  /** Pipelines that have nothing to go on with. */
  readonly gone: readonly string[];
  /** What is saved of these is not to be restored any more. */
  readonly spoiled: readonly { readonly name: string; readonly why: string }[];
}

export const NOTHING_KEPT: KeptState = { saved: [], skipped: [], gone: [], spoiled: [] };
