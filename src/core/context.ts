import type { Account } from "./account.ts";
import type { AlertHolder, AlertsKnown, KeptAlerts } from "./alerts-port.ts";
import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";
import type { EventOrList } from "./event-list.ts";
import type { IndexView } from "./index-view.ts";
import type { SilencesPort } from "./silences-port.ts";
import type { DropReason, EvictionReason, StageLog } from "./stage-reports.ts";
import type { Alarm, AlarmOptions, Cut, Plain, PlainRecord, Savable } from "./state.ts";
import type { TargetsPort } from "./target-port.ts";

/** A live branch of a stage. The branching stage emits what the branch's last stage emits. */
export interface Branch<In = Event> {
  /** Hands an event to the branch's first stage. May be passed around without its object. */
  readonly receive: (value: In) => void;
  /**
   * Lets the branch emit what it holds, then ends it: its timers die, later events are ignored. While one of its stages
   * awaits something or has events queued, the branch goes on, 10 s at most; unhandled events are then lost (`stop`).
   */
  close(): void;
  /** Has a stage in it that holds several keys forget the one that has been idle longest; false when there is none. */
  evict(): boolean;
  /** Whether no stage in it holds a state that lasts until something changes it: see `memory` of `StageOptions`. */
  isInitial(): boolean;
  /** What its stages keep, for the `saved` of {@link Context.branch}. See `save` of `keeps`. */
  save(cut: Cut | null): Plain;
}

/** Holds what can be forgotten. */
export interface Forgetful {
  /**
   * Forgets what has been held or idle longest, a key or an event, and reports that: as `held`, and as `evicted` or
   * `dropped`. False when it holds nothing.
   */
  evict(): boolean;
}

/** What a stage gets when it starts. It ends with the run: a restart makes a new one. */
export interface Context<Out = Event> {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** Where in the pipeline: `rate#1` is the second stage, `by#0/rate#1` the second stage of the first one's branch. */
  readonly place: string;
  readonly clock: Clock;
  /** Seconds that an event without a ttl stays valid: an option of the daemon. */
  readonly defaultTtl: number;
  readonly log: StageLog;
  /** Aborted when the run ends (restart, reload, stop): pass it to `fetch` and the like, except in a sink's `write`. */
  readonly signal: AbortSignal;
  /**
   * Hands a value to the next stage. May be called at any time until the run ends, and passed around without `context`.
   */
  readonly emit: (value: Out) => void;
  /**
   * Hands an event, or a list of them, to what the stage's `edge` names beyond its pipeline. Take it out of the context
   * in `start`.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is asked for by a stage without an edge.
   */
  readonly send: Outlet;
  /**
   * The last event of each host and service, when the routes have an `index()`. Look it up anew each time: a copy that
   * a stage holds is not updated.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is asked for by a stage whose edge is not of the kind `index`.
   */
  readonly index: IndexView;
  /** Where a sink on the delivery engine counts what became of its items. */
  readonly account: Account;
  /**
   * The open alerts of this stage, which outlive the run; `holder` looks after them.
   *
   * @param restored - What the state knows that is restored; `null`: none is.
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is asked for by a stage whose edge is not of the kind `alert`.
   */
  openAlerts(holder: AlertHolder, restored: AlertsKnown | null): KeptAlerts;
  /** What nobody is to be told of now: see `fast-ts silence`. */
  readonly silences: SilencesPort;
  /** The queues of targets outside, which outlive the run: what sinks on the delivery engine hand their events to. */
  readonly targets: TargetsPort;
  /**
   * Starts the stages of a branch that the stage declared; a new copy at each call.
   *
   * @param output - Gets what the branch's last stage emits. @default `emit`: the branching stage emits it
   * @param onCrash - A throw in the branch restarts its stages only, and this function gets an event about it.
   * @default the whole pipeline restarts
   * @param saved - What {@link Branch.save} gave, of a branch that a part of the state holds: see {@link keeps}.
   * @default what was saved of the branches that `start` makes, one after the other
   */
  branch<In = Event>(
    name: string,
    output?: (value: never) => void,
    onCrash?: (crash: Event) => void,
    saved?: Plain,
  ): Branch<In>;
  /**
   * The state of the stage: what `create` made, or, where a saved one is restored, that, with the names that `create`
   * gives. To be called in `start`, as often as there are parts; the object is the stage's, to change as it likes.
   * It holds what is {@link Plain}; what saves it sees no identity: an event in two places of it is two afterwards.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is called after `start`.
   */
  state<State extends PlainRecord<State>>(create: () => State): State;
  /**
   * An alarm, which is part of the state: one that was set when that was saved is set when it is restored. To be called
   * in `start`. It rings in the stage's turn, and dies with the run.
   *
   * @param ring - Gets the time for which the alarm was set.
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is called after `start`.
   */
  alarm(ring: (at: number) => void, options?: AlarmOptions): Alarm;
  /**
   * Saves what is no plain object with the state, and restores it at once where one is restored. To be called in `start`.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when it is called after `start`.
   */
  keeps(part: Savable): void;
  /** Whether a saved state is restored: then `start` begins nothing that goes on by itself. Said in `start` only. */
  readonly isRestored: boolean;
  /** Seconds by the wall clock for which nothing ran before the state was restored, else 0. Said in `start` only. */
  readonly away: number;
  /** Guards work that nobody awaits: if it fails, the pipeline restarts as if the stage had thrown. */
  background(work: PromiseLike<unknown>): void;
  /** A sink's report: `count` of its events reached the back end. */
  delivered(count: number): void;
  /** A report: `count` events that this stage took, or that were `pending`, are dropped, and why. */
  dropped(count: number, reason: DropReason): void;
  /** A report: this stage forgot `count` of the keys that it held state for, and why. */
  evicted(count: number, reason: EvictionReason): void;
  /**
   * A report: what this stage holds takes about `bytes` more, or less when negative, and `keys` more keys; see
   * `weigh`. What is not taken back when the stage ends is taken back then.
   */
  held(bytes: number, keys?: number): void;
  /** Says what this stage forgets when the worker's state takes too many bytes, and this pipeline's the most. */
  forgets(holder: Forgetful): void;
  /** What the stages inside this one hold, as they report it. */
  readonly inside: { readonly bytes: number; readonly keys: number };
  /**
   * A sink's report: `count` more of its events wait for the back end. Each must later be reported as `delivered` or
   * `dropped`.
   */
  pending(count: number): void;
}

/**
 * What becomes of what is sent beyond the pipeline. `null`: it was taken. A promise: it waits for room; resolves with
 * `null` once it is taken, or with the reason why it is dropped.
 */
export type Fate = Promise<DropReason | null> | null;

/** Takes an event, or a list of them, beyond the pipeline. */
export type Outlet = (value: EventOrList) => Fate;

/** An outlet that leads nowhere. */
export const nowhere: Outlet = () => null;
