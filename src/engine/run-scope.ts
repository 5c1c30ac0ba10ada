import type { Event } from "../core/event.ts";
import { type Log, logTo } from "../core/log.ts";
import type { Branch, Site } from "../core/stage.ts";
import type { Cut, Plain } from "../core/state.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { ClosingBranches } from "./closing-branches.ts";
import type { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import type { RestoredRun, RestoredStage } from "./restored-stage.ts";
import type { KeyHolder } from "./state-budget.ts";
import type { Thread } from "./thread.ts";
import { turnEnd } from "./turn-end.ts";

/** Thrown through the handlers on the stack once a stage has failed; `FailureScope.failure` says what happened. */
export const RUN_FAILED = new FastTsError("FTS_STAGE_THREW", "the pipeline restarts");

/** A throw: of which stage, with which value (null for a timer or a promise), and what was thrown. */
export interface Crash {
  /** `null`: no stage is to blame. */
  readonly actor: BranchOwner | null;
  readonly value: unknown;
  readonly error: Error;
}

/** A throw of a stage. */
export interface Failure extends Crash {
  readonly actor: BranchOwner;
}

/** What a run is made of. */
export interface RunOptions {
  readonly pipeline: string;
  readonly places: readonly StagePosition[];
  readonly counts: Float64Array;
  /** See `SupervisedPipeline`. */
  readonly forgetful: Set<string>;
  /** It gets what others publish, and works on in their turn: its inbox must not fill up meanwhile. */
  readonly isSubscriber: boolean;
  /** Gets what the last stage emits. */
  output(value: unknown): void;
  /** Called after a turn that a timer or a promise began: the run may have failed, or may have room again. */
  settled(): void;
}

/** Starts a branch, with what was saved of it or `null`; with `onCrash`, a throw in it restarts only this branch. */
export type StartBranch = (
  run: FailureScope,
  places: readonly StagePosition[],
  output: (value: never) => void,
  owner: BranchOwner,
  saved: Plain,
  onCrash?: (crash: Event) => void,
) => Branch<unknown>;

/** What all stages of a run share, those in its branches too: one object, passed by reference. */
export class RunScope {
  readonly thread: Thread;
  readonly pipeline: string;
  readonly counts: Float64Array;
  readonly startBranch: StartBranch;
  /** Whether the current turn should end. */
  readonly isTimeUp: () => boolean;
  /** How many actors await a promise. */
  awaiting = 0;
  /** How many actors go on with what has queued up in a later turn. */
  draining = 0;
  /** How many mailboxes are long enough for the inbox to pause. */
  congested = 0;
  /** What is restored of the run while it starts, and of the stage that is starting. */
  restored: RestoredRun | null = null;
  restoring: RestoredStage | null = null;
  /** The places of stages that could not be saved when the run was. */
  readonly forgetful: Set<string>;
  /** It is being saved bit by bit. */
  cut: Cut | null = null;
  /** The least and the greatest of the marks of chains that are in the cut, or new: see `LiveChain.mark`. */
  cutMark = 0;
  lastMark = 0;
  /** What its stages keep is to be saved when it ends: they do not give out what they hold. */
  isKept = false;
  readonly closing = new ClosingBranches(this);
  #saidOverflow = false;

  constructor(thread: Thread, { pipeline, counts, forgetful, isSubscriber }: RunOptions, startBranch: StartBranch) {
    this.thread = thread;
    this.pipeline = pipeline;
    this.counts = counts;
    this.forgetful = forgetful;
    this.startBranch = startBranch;
    this.isTimeUp = isSubscriber ? () => false : turnEnd(thread);
  }

  /** No actor awaits anything, or goes on later. */
  get isSettled(): boolean {
    return this.awaiting === 0 && this.draining === 0;
  }

  /** What its stages keep is to be saved with a cut. */
  begin(cut: Cut): void {
    this.cut?.giveUp();
    this.cut = cut;
    this.lastMark += 1;
    this.cutMark = this.lastMark;
    this.thread.alerts.begin(this.pipeline, cut);
  }

  /** The log of the stage at `stage`. */
  logFor(stage: string): Log {
    const { thread, pipeline } = this;
    return logTo((level, message, fields) => thread.log[level](message, { pipeline, stage, ...fields }));
  }

  /** A mailbox is full. */
  overflowed(stage: string, limit: number): void {
    if (this.#saidOverflow) return;
    this.#saidOverflow = true;
    this.logFor(stage).error("mailbox full, events are lost and counted as overflow", { limit });
  }
}

/** Where the throws of actors end: a run, or inside it a branch whose throws stay in it. */
export abstract class FailureScope {
  readonly scope: RunScope;
  /** How many of its turns are on the stack: none while a user's callback runs outside of them. */
  turns = 0;
  /** Set by the first stage that throws. */
  failure: Failure | null = null;

  constructor(scope: RunScope) {
    this.scope = scope;
  }

  /** Runs `work` as a turn of what it is in. */
  protected abstract enterOuter(work: () => void): void;

  /** Ends a turn that a timer or a promise began: a stage may have thrown, or there may be room again. */
  abstract settle(): void;

  /** Takes note of a throw. Only the first counts: the others are its echo. */
  failed(actor: BranchOwner, value: unknown, thrown: unknown): void {
    if (thrown !== RUN_FAILED) this.failure ??= { actor, value, error: coerceError(thrown) };
  }

  /** Runs `work` as a turn: throws of the stages below it may unwind through it. */
  enter(work: () => void): void {
    this.turns++;
    try {
      this.enterOuter(work);
    } finally {
      this.turns--;
    }
  }

  /** As `enter`, for the begin of a turn: what unwinds after a failure ends here. */
  turn(work: () => void): void {
    try {
      this.enter(work);
    } catch (thrown) {
      if (thrown !== RUN_FAILED) throw thrown;
    }
  }

  /** After a throw: unwinds to where the turn began, or, in a callback that is no turn, ends one of its own. */
  unwind(): void {
    if (this.turns > 0) throw RUN_FAILED;
    this.scope.thread.later(() => this.settle());
  }
}

/** What an actor asks of a branch that it started, until that has ended. */
export interface OpenBranch extends Branch<unknown> {
  /** Its neighbours in the list of its owner. */
  next: OpenBranch | null;
  previous: OpenBranch | null;
  /** No stage of it has anything queued or awaits anything. */
  readonly isQuiet: boolean;
  /** The place of its first stage. */
  readonly firstPlace: string | undefined;
  /** The actors in it whose stages can forget something, those inside others only where these cannot. */
  holders(): KeyHolder[];
  flush(writing: PromiseLike<unknown>[]): Promise<void>;
  flushNow(): void;
  freeze(): void;
  flushBelow(failed: BranchOwner): boolean;
  end(reason: "restart" | "stop"): void;
  busy(): string[];
}

/** The list of stages that an actor is in. */
export interface OwnChain {
  /** What its actors add to. */
  readonly holdings: Holdings;
  /** The state of a stage in it is about to change. */
  changes(cut: Cut): void;
}

/** An actor, as its branches and its run know it. */
export interface BranchOwner {
  readonly place: string;
  /** Where its stage was made. */
  readonly site: Site;
  readonly run: FailureScope;
  /** What its branches add to. */
  readonly holdings: Holdings;
  /** It threw, or its run is over. */
  readonly isEnded: boolean;
  /** It makes branches after its start, which a part of its state saves. */
  readonly holdsBranches: boolean;
  /** Its state is about to change. */
  changes(): void;
  /** The branches it started that have not ended, as a linked list: a `by` has one per key. */
  firstBranch: OpenBranch | null;
}
