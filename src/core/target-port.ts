import type { Clock } from "./clock.ts";
import type { DropReason, StageLog } from "./stage-reports.ts";

/** Who gives items to a target: the books of one sink in one pipeline. */
export interface Giver<T> {
  /** Its run is over: what it waits with for room is not taken any more. */
  readonly isEnded: boolean;
  /** `count` of its items are the target's now: each is delivered or dropped later. */
  taken(count: number): void;
  /** `count` of its items reached the target. */
  delivered(count: number): void;
  /** These of its items are given up, and why; `answer` is what the target or the error said. */
  dropped(items: readonly T[], reason: DropReason, answer: string): void;
  /** `count` of its items are given up, and nobody knows which: they could not be read from the disk. */
  lost(count: number): void;
}

/** The queue of a target, as a sink sees it. */
export interface TargetPort<T> {
  /**
   * Takes an item, or gives it or the oldest one up, and has it passed on: `null`. A promise when its giver is to wait for
   * room: then it is passed on and taken once there is some, unless the giver has ended before.
   *
   * @param events - How many events it stands for.
   * @param bytes - About how much memory it takes.
   */
  offer(giver: Giver<T>, item: T, events: number, bytes: number, pass: () => void): Promise<void> | null;
}

/** What a failed write means: try again later, turned down by the target for good, or gone wrong for good. */
export type Verdict = "retry" | "refused" | "failed";

/** The back end of a target. */
export interface TargetWriter<T> {
  /**
   * Sends a batch, the oldest item first; resolves when the target has it. Rejects with a `DeliveryFailure`, or
   * with any error for `judge`. `signal` is aborted when the time for it is up.
   */
  write(items: readonly T[], signal: AbortSignal): PromiseLike<unknown>;
  /** Says what an error means. @default `"failed"`: the batch is given up */
  judge?(error: Error): Verdict;
  /** Frees what the writer took: connections, files. */
  close?(): void;
}

export interface TargetSettings {
  /** Events and bytes that may wait, those under way included. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** A batch is sent when it has this many events or bytes, or when its oldest item has waited this many seconds. */
  readonly batch: { readonly events: number; readonly bytes: number; readonly seconds: number };
  /** Writes under way at a time. */
  readonly concurrency: number;
  /** Whether nothing is sent before what failed. With a concurrency of 1 the order of all items is kept then. */
  readonly isOrdered: boolean;
  /** Seconds for one write. */
  readonly timeout: number;
  /** Seconds after which an item that could not be delivered is given up. */
  readonly retryFor: number;
  readonly onFull: "drop-oldest" | "drop-newest" | "wait";
  /** At most `n` writes in any `seconds`; what waits meanwhile goes together into the next. */
  readonly rate: { readonly n: number; readonly seconds: number } | null;
  /** Where items wait on disk; null: in memory alone. */
  readonly spill: SpillSettings | null;
}

export interface SpillSettings {
  /** Directory for the spill of all targets, each in one of its own; null: that of `--data`. */
  readonly dir: string | null;
  /** Bytes on disk, of each target and thread. */
  readonly maxBytes: number;
  /** Whether each write is made safe from a power cut, or all of so many seconds together. */
  readonly fsync: boolean | number;
}

/** How items are kept as bytes. */
export interface ItemCodec<T> {
  /** What tells formats apart, in file names: letters, digits and dashes. */
  readonly name: string;
  encode(item: T): Uint8Array;
  /** @returns undefined when the bytes are no item. */
  decode(bytes: Buffer): T | undefined;
}

/** What a target needs of the thread it lives in. */
export interface TargetScope {
  readonly clock: Clock;
  readonly log: StageLog;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Where this process keeps what is to outlive it; null: nowhere. */
  readonly dataDir: string | null;
  /** An outage begins (`waiting` items are held), or is over. */
  outage(target: string, state: "critical" | "ok", description: string): void;
}

/** A target as a sink describes it: a plain value, the same for all sinks that mean the same target. */
export interface TargetSpec<T> {
  /** What tells targets apart: sink, address and the credential's name, or the option `name`. */
  readonly id: string;
  /** What logs and metrics show: no secret is in it. */
  readonly label: string;
  readonly settings: TargetSettings;
  /** How its items are spilled. */
  readonly codec: ItemCodec<T>;
  /** Makes the back end. Called when the first sink of the target starts. */
  open(scope: TargetScope): TargetWriter<T>;
}

/** The targets of a thread, as sinks see them. */
export interface TargetsPort {
  /** The target of a spec, made when it is the first of its id; other settings apply to the same queue. */
  use<T>(spec: TargetSpec<T>): TargetPort<T>;
  /** A sink that used the target has ended. */
  release(id: string): void;
}
