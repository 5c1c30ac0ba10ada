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
  /** One after the other, in buffers of their own. None: it had nothing yet. */
  readonly bytes: readonly Uint8Array[];
  /** The name that it was saved by, in another number of workers: what is wanted of it, and of others, is picked out. */
  readonly from?: string;
}

/** A pipeline, or a part of one, that goes on with what was saved of it. */
export interface RestoredPipeline {
  readonly pipeline: string;
  /** When that was. */
  readonly secondsAgo: number;
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
  readonly restored: readonly RestoredPipeline[];
}

export const NOTHING_KEPT: KeptState = { saved: [], skipped: [], gone: [], spoiled: [], restored: [] };

/** What its bytes are in, to be handed over to another thread. */
export function buffersOf({ saved }: KeptState): ArrayBufferLike[] {
  return saved.flatMap(({ bytes }) => bytes.map(({ buffer }) => buffer));
}
