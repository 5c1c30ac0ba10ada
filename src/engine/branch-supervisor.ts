import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Branch, Edge, Outlet, Site, StageLog } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { RUN_FAILED } from "./actor.ts";
import { LiveChain } from "./chain.ts";
import type { ClosingBranches } from "./closing-branches.ts";
import { crashEvent } from "./crash.ts";
import type { StagePosition } from "./layout.ts";
import type { ActorRun, BranchOwner, Failure } from "./run-scope.ts";

type Tell = (crash: Event) => void;

/**
 * Starts a branch. With `onCrash`, throws in it are reported to that and restart the branch; otherwise they are throws
 * of the run.
 */
export function startChain(
  run: ActorRun,
  places: readonly StagePosition[],
  output: (value: never) => void,
  owner: BranchOwner,
  onCrash?: Tell,
): Branch<unknown> {
  // What the last stage emits was checked where the chain was declared; here its type is forgotten.
  const out = output as (value: unknown) => void;
  return onCrash === undefined
    ? new LiveChain(run, places, out, owner, owner.holdings)
    : new Guard(run, places, out, owner, onCrash);
}

/**
 * A branch whose throws stay inside: it is a run of its own to its actors. When one of them throws, the stages below it
 * finish what they hold, `onCrash` gets an event, and all of the branch's stages restart; the run goes on.
 */
class Guard implements ActorRun, Branch<unknown> {
  readonly pipeline: string;
  readonly counts: Float64Array;
  readonly clock: Clock;
  readonly defaultTtl: number;
  readonly index: IndexView;
  readonly targets: TargetsPort;
  readonly closing: ClosingBranches;
  readonly later: (work: () => void) => void;
  readonly isTimeUp: () => boolean;
  turns = 0;
  readonly #run: ActorRun;
  readonly #places: readonly StagePosition[];
  readonly #output: (value: unknown) => void;
  readonly #owner: BranchOwner;
  readonly #onCrash: Tell;
  #chain: LiveChain;
  #failure: Failure | null = null;
  #isRestarting = false;
  #isClosed = false;

  constructor(
    run: ActorRun,
    places: readonly StagePosition[],
    output: (value: unknown) => void,
    owner: BranchOwner,
    onCrash: Tell,
  ) {
    this.#run = run;
    this.pipeline = run.pipeline;
    this.counts = run.counts;
    this.clock = run.clock;
    this.defaultTtl = run.defaultTtl;
    this.index = run.index;
    this.targets = run.targets;
    this.closing = run.closing;
    this.later = run.later;
    this.isTimeUp = run.isTimeUp;
    this.#places = places;
    this.#output = output;
    this.#owner = owner;
    this.#onCrash = onCrash;
    this.#chain = this.#start();
  }

  readonly receive = (value: unknown): void => {
    this.turns++;
    try {
      this.#chain.receive(value);
    } catch (thrown) {
      // What failed below the branch is the run's affair: it unwinds through here.
      if (thrown !== RUN_FAILED || this.#failure === null) throw thrown;
    } finally {
      this.turns--;
    }
    if (this.#failure !== null) this.#restart(this.#failure);
  };

  get awaiting(): number {
    return this.#run.awaiting;
  }

  set awaiting(actors: number) {
    this.#run.awaiting = actors;
  }

  get congested(): number {
    return this.#run.congested;
  }

  set congested(mailboxes: number) {
    this.#run.congested = mailboxes;
  }

  logFor(place: string): StageLog {
    return this.#run.logFor(place);
  }

  outlet(edge: Edge): Outlet {
    return this.#run.outlet(edge);
  }

  explain(error: Error, stage: Site | null): string {
    return this.#run.explain(error, stage);
  }

  failed(actor: BranchOwner, value: unknown, thrown: unknown): void {
    if (thrown !== RUN_FAILED) this.#failure ??= { actor, value, error: coerceError(thrown) };
  }

  enter(work: () => void): void {
    this.turns++;
    try {
      this.#run.enter(work);
    } finally {
      this.turns--;
    }
  }

  settle(): void {
    const failure = this.#failure;
    if (this.#isRestarting) return;
    try {
      if (failure !== null && this.turns === 0) this.#run.enter(() => this.#restart(failure));
    } catch (thrown) {
      if (thrown !== RUN_FAILED) throw thrown;
    }
    this.#run.settle();
  }

  overflowed(place: string, limit: number): void {
    this.#run.overflowed(place, limit);
  }

  startChain(places: readonly StagePosition[], output: (value: never) => void, owner: BranchOwner, onCrash?: Tell) {
    return startChain(this, places, output, owner, onCrash);
  }

  evict(): boolean {
    return this.#chain.evict();
  }

  isInitial(): boolean {
    return this.#chain.isInitial();
  }

  close(): void {
    this.#isClosed = true;
    this.#chain.close();
  }

  #start(): LiveChain {
    return new LiveChain(this, this.#places, this.#output, this.#owner, this.#owner.holdings);
  }

  #restart({ actor, value, error }: Failure): void {
    const crash = { pipeline: this.pipeline, stage: actor.place, value, error };
    this.#isRestarting = true;
    try {
      this.#chain.flushBelow(actor);
      this.#chain.drop("restart");
      this.#failure = null;
      this.#onCrash(crashEvent(crash, this.explain(error, actor.site), this.clock.now()));
      if (!this.#isClosed && !this.#owner.isEnded) this.#startAgain();
    } finally {
      this.#isRestarting = false;
    }
  }

  /** A branch that does not start any more is a throw of the stage that it belongs to. */
  #startAgain(): void {
    try {
      this.#chain = this.#start();
    } catch (thrown) {
      this.#run.failed(this.#owner, null, thrown);
      if (this.#run.turns > 0) throw RUN_FAILED;
      this.#run.later(() => this.#run.settle());
    }
  }
}
