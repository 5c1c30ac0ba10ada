import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Branch, Edge, Outlet, Site, StageLog } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import type { ClosingBranches } from "./closing-branches.ts";
import type { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import type { KeyHolder } from "./state-budget.ts";

/** What went wrong in a run: which stage, with which value (null for a timer or a promise), and what was thrown. */
export interface Failure {
  readonly actor: BranchOwner;
  readonly value: unknown;
  readonly error: Error;
}

/** What an actor asks of the run it belongs to. */
export interface ActorRun {
  readonly pipeline: string;
  readonly counts: Float64Array;
  readonly clock: Clock;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  readonly index: IndexView;
  readonly targets: TargetsPort;
  /** How many actors await a promise. */
  awaiting: number;
  /** How many mailboxes are long enough for the inbox to pause. */
  congested: number;
  readonly closing: ClosingBranches;
  readonly later: (work: () => void) => void;
  /** Whether the current turn should end. */
  readonly isTimeUp: () => boolean;
  logFor(place: string): StageLog;
  /** Where a stage with this edge sends to. */
  outlet(edge: Edge): Outlet;
  /** Takes note of a throw. */
  failed(actor: BranchOwner, value: unknown, thrown: unknown): void;
  /** How many of its turns are on the stack: none while a user's callback runs outside of them. */
  readonly turns: number;
  /** Runs `work` as a turn of this pipeline: throws of the stages below it may unwind through it. */
  enter(work: () => void): void;
  /** Ends a turn that a timer or a promise began. */
  settle(): void;
  overflowed(place: string, limit: number): void;
  /** Message and stack, in the words of the user's own files; with no file of theirs in it, where the stage stands. */
  explain(error: Error, stage: Site | null): string;
  /** Starts a branch; with `onCrash`, a throw in it restarts only this branch. */
  startChain(
    places: readonly StagePosition[],
    output: (value: never) => void,
    owner: BranchOwner,
    onCrash?: (crash: Event) => void,
  ): Branch<unknown>;
}

/** What an actor asks of a branch that it started, until that has ended. */
export interface OpenBranch extends Branch<unknown> {
  /** Its neighbours in the list of its owner. */
  next: OpenBranch | null;
  previous: OpenBranch | null;
  /** No stage of it has anything queued or awaits anything. */
  readonly isQuiet: boolean;
  /** The actors in it whose stages can forget something, those inside others only where these cannot. */
  holders(): KeyHolder[];
  flush(writing: PromiseLike<unknown>[]): Promise<void>;
  flushNow(): void;
  flushBelow(failed: BranchOwner): boolean;
  end(reason: "restart" | "stop"): void;
  busy(): string[];
}

/** An actor, as its branches and its run know it. */
export interface BranchOwner {
  readonly place: string;
  /** Where its stage was made. */
  readonly site: Site;
  readonly run: ActorRun;
  /** What its branches add to. */
  readonly holdings: Holdings;
  /** It threw, or its run is over. */
  readonly isEnded: boolean;
  /** The branches it started that have not ended, as a linked list: a `by` has one per key. */
  firstBranch: OpenBranch | null;
}
