import type { Event } from "../core/event.ts";
import type { Branch } from "../core/stage.ts";
import type { Cut, Plain } from "../core/state.ts";
import { LiveChain } from "./chain.ts";
import { crashEvent } from "./crash.ts";
import type { StagePosition } from "./layout.ts";
import { type BranchOwner, type Failure, FailureScope, RUN_FAILED, type StartBranch } from "./run-scope.ts";

/**
 * Starts a branch. With `onCrash`, throws in it are reported to that and restart the branch; otherwise they are throws
 * of the run.
 */
export const startBranch: StartBranch = (run, places, output, owner, saved, onCrash) => {
  // What the last stage emits was checked where the branch was declared; here its type is forgotten.
  const out = output as (value: unknown) => void;
  return onCrash === undefined
    ? new LiveChain(run, places, out, owner, owner.holdings, saved)
    : new BranchSupervisor(run, places, out, owner, onCrash, saved);
};

/**
 * A branch whose throws stay inside: it is a run of its own to its actors. When one of them throws, the stages below it
 * finish what they hold, `onCrash` gets an event, and all of the branch's stages restart; the run goes on.
 */
class BranchSupervisor extends FailureScope implements Branch<unknown> {
  readonly #outer: FailureScope;
  readonly #places: readonly StagePosition[];
  readonly #output: (value: unknown) => void;
  readonly #owner: BranchOwner;
  readonly #onCrash: (crash: Event) => void;
  #chain: LiveChain;
  #isRestarting = false;
  #isClosed = false;

  constructor(
    outer: FailureScope,
    places: readonly StagePosition[],
    output: (value: unknown) => void,
    owner: BranchOwner,
    onCrash: (crash: Event) => void,
    saved: Plain,
  ) {
    super(outer.scope);
    this.#outer = outer;
    this.#places = places;
    this.#output = output;
    this.#owner = owner;
    this.#onCrash = onCrash;
    this.#chain = this.#start(saved);
  }

  readonly receive = (value: unknown): void => {
    this.turns++;
    try {
      this.#chain.receive(value);
    } catch (thrown) {
      // What failed below the branch is the run's affair: it unwinds through here.
      if (thrown !== RUN_FAILED || this.failure === null) throw thrown;
    } finally {
      this.turns--;
    }
    if (this.failure !== null) this.#restart(this.failure);
  };

  protected enterOuter(work: () => void): void {
    this.#outer.enter(work);
  }

  settle(): void {
    const { failure } = this;
    if (this.#isRestarting) return;
    if (failure !== null && this.turns === 0) this.#outer.turn(() => this.#restart(failure));
    this.#outer.settle();
  }

  evict(): boolean {
    return this.#chain.evict();
  }

  isInitial(): boolean {
    return this.#chain.isInitial();
  }

  save(cut: Cut | null): Plain {
    return this.#chain.save(cut);
  }

  close(): void {
    this.#isClosed = true;
    this.#chain.close();
  }

  #start(saved: Plain = null): LiveChain {
    return new LiveChain(this, this.#places, this.#output, this.#owner, this.#owner.holdings, saved);
  }

  #restart(failure: Failure): void {
    this.#isRestarting = true;
    try {
      this.#chain.flushBelow(failure.actor);
      this.#chain.drop("restart");
      this.failure = null;
      this.#onCrash(crashEvent(this.scope, failure));
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
      this.#outer.failed(this.#owner, null, thrown);
      this.#outer.unwind();
    }
  }
}
