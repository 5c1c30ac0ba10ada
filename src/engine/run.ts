import type { Cut, Plain } from "../core/state.ts";
import { UNSETTLED } from "./actor.ts";
import { startBranch } from "./branch-supervisor.ts";
import { evictHeaviest, LiveChain } from "./chain.ts";
import { Holdings } from "./holdings.ts";
import { add, STATE_BYTES } from "./ledger.ts";
import type { RestoredChain } from "./restored-stage.ts";
import { type BranchOwner, FailureScope, type RunOptions, RunScope } from "./run-scope.ts";
import type { StateHolder } from "./state-budget.ts";
import type { Owner, Thread } from "./thread.ts";

/** One incarnation of a list of stages: all its actors, from start to the first throw. */
export class Run extends FailureScope implements StateHolder {
  /** Hands an event to the first stage. */
  readonly receive: (value: unknown) => void;
  readonly #owner: Owner;
  readonly #options: RunOptions;
  readonly #chain: LiveChain;
  /** What its stages hold; the ledger shows the bytes. */
  readonly #holdings = new Holdings(this);

  /** Starts every stage, as a turn of `owner`. Throws what a stage's `start` threw. */
  constructor(thread: Thread, owner: Owner, options: RunOptions, saved: RestoredChain | null = null) {
    super(new RunScope(thread, options, startBranch));
    this.#owner = owner;
    this.#options = options;
    const { places, output } = options;
    const { scope } = this;
    scope.restored = saved?.run ?? null;
    const chain = saved?.chain ?? null;
    this.#chain = thread.enter(owner, () => new LiveChain(this, places, output, null, this.#holdings, chain));
    scope.restored = null;
    this.receive = this.#chain.receive;
    thread.state.join(this);
  }

  get holderName(): string {
    return `pipeline ${JSON.stringify(this.scope.pipeline)}`;
  }

  get bytes(): number {
    return this.#holdings.bytes;
  }

  add(bytes: number): void {
    add(this.scope.counts, STATE_BYTES, bytes);
    this.scope.thread.state.add(bytes);
  }

  protected enterOuter(work: () => void): void {
    this.scope.thread.enter(this.#owner, work);
  }

  settle(): void {
    this.#options.settled();
  }

  /** Hands events to the first stage until they are done, the turn is over or it cannot take more; returns how far it came. */
  feed(events: readonly unknown[], from: number, isTimeUp: () => boolean): number {
    let reached = from;
    const { scope, receive } = this;
    const { state } = scope.thread;
    this.turn(() => {
      let at = from;
      try {
        while (at < events.length) {
          receive(events[at++]);
          if (scope.congested > 0 || this.failure !== null || state.isOver || isTimeUp()) break;
        }
      } finally {
        reached = at;
      }
    });
    return reached;
  }

  /** What its stages keep, for a run that starts with it; `null`: a stage awaits something, see {@link busy}. */
  save(cut: Cut | null): Plain {
    const { scope } = this;
    if (cut !== null) scope.begin(cut);
    try {
      return this.#chain.save(cut);
    } catch (thrown) {
      if (thrown === UNSETTLED) return null;
      throw thrown;
    }
  }

  /**
   * Emits all that is held, top to bottom, and waits until the sinks have written it.
   *
   * @param isKept - What can be saved is not emitted.
   */
  async flush(isKept: boolean): Promise<void> {
    this.scope.isKept = isKept;
    this.scope.cut?.giveUp();
    const writing: PromiseLike<unknown>[] = [];
    await this.#chain.flush(writing);
    await Promise.allSettled(writing);
  }

  /** What it keeps was saved, and goes on elsewhere. */
  freeze(): void {
    this.scope.cut?.giveUp();
    this.#chain.freeze();
  }

  /** After a failure: the stages below the failed one finish what they hold. */
  flushBelow(failed: BranchOwner): void {
    this.#chain.flushBelow(failed);
  }

  /** Has the stage that holds the most forget what has been idle longest. */
  evict(): boolean {
    let hasForgotten = false;
    this.enter(() => {
      hasForgotten = evictHeaviest(this.#chain.holders());
    });
    this.settle();
    return hasForgotten;
  }

  end(reason: "restart" | "stop"): void {
    this.scope.thread.state.leave(this);
    this.scope.cut?.giveUp();
    this.#chain.end(reason);
    this.settle();
  }

  busy(): string[] {
    return this.#chain.busy();
  }
}
