import type { DropReason, EvictionReason } from "../core/stage.ts";

/** Why an event that an actor or a pipeline had received is gone. */
export const LOST_REASONS = ["crash", "restart", "overflow", "worker", "stop"] as const;
/**
 * `crash`: it was being handled when its stage threw. `restart`: it waited in the mailbox of a run that ended so.
 * `overflow`: the mailbox was full. `worker`: its thread died or hung. `stop`: the stop deadline passed.
 */
export type LostReason = (typeof LOST_REASONS)[number];

/** What a pipeline is doing. */
export type PipelineState =
  /** Takes events. */
  | "running"
  /** Waits for something of its own with a full inbox: sheds its newest events until the inbox is half empty. */
  | "stalled"
  /** Restarted too often: sheds, and is tried again after a while. */
  | "failed"
  /** Has ended: removed by a reload, or the daemon stops. */
  | "stopped";

/** The ledger of one stage, summed over its live copies: received = handled + waiting + lost. */
export interface StageReport {
  /** `rate#1`, `by#0/rate#1`: see `Context.place`. */
  readonly place: string;
  readonly received: number;
  readonly handled: number;
  readonly waiting: number;
  readonly lost: Readonly<Record<LostReason, number>>;
  /** For sinks: handled = delivered + pending + dropped. */
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Keys that it held state for and forgot; no events. */
  readonly evicted: Readonly<Record<EvictionReason, number>>;
}

/**
 * The ledger of one pipeline: offered = accepted + shed; accepted = taken + inbox + lost. Reloads do not reset it:
 * removed stages come last.
 */
export interface PipelineReport {
  readonly name: string;
  /** Absolute path of the route file, and the line of the `pipeline(…)` call. */
  readonly file: string;
  readonly line: number;
  /** Which worker thread hosts it, the first of them where there are several; 0 is the main thread. */
  readonly worker: number;
  /** All that host it. */
  readonly workers: readonly number[];
  /** Why there, in words. */
  readonly placement: string;
  readonly state: PipelineState;
  readonly restarts: number;
  readonly offered: number;
  readonly accepted: number;
  readonly shed: number;
  /** What the first stage received; over reloads, what the first stages did. */
  readonly taken: number;
  readonly inbox: number;
  readonly lost: Readonly<Record<LostReason, number>>;
  /** Values that the last stage emitted: they leave the pipeline. */
  readonly emitted: number;
  /** About how many bytes its stages hold: keys and events. */
  readonly stateBytes: number;
  readonly stages: readonly StageReport[];
}

/** Events that a pipeline has been given and has not dealt with. */
export function heldBy({ inbox, stages }: PipelineReport): number {
  return stages.reduce((sum, { waiting, pending }) => sum + waiting + pending, inbox);
}
