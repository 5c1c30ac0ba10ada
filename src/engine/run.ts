import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Branch, Edge, Outlet, Site, StageLog } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { RUN_FAILED } from "./actor.ts";
import { startChain } from "./branch-supervisor.ts";
import { evictHeaviest, LiveChain } from "./chain.ts";
import { ClosingBranches } from "./closing-branches.ts";
import { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import { add, STATE_BYTES } from "./ledger.ts";
import type { ActorRun, BranchOwner, Failure } from "./run-scope.ts";
import type { StateBudget, StateHolder } from "./state-budget.ts";

/** After this many events a turn looks whether the thread's time is up. */
const LOOK_AT_CLOCK = 63;

/** What a run needs from the thread it runs in. */
export interface RunOptions {
  readonly pipeline: string;
  readonly places: readonly StagePosition[];
  readonly counts: Float64Array;
  readonly clock: Clock;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  readonly index: IndexView;
  readonly state: StateBudget;
  readonly targets: TargetsPort;
  logFor(place: string): StageLog;
  /** Where a stage with this edge sends to. */
  outlet(edge: Edge): Outlet;
  /** Message and stack, in the words of the user's own files. */
  explain(error: Error, stage: Site | null): string;
  /** Runs `work` in a later turn of the thread. */
  later(work: () => void): void;
  /** Whether the current turn of the thread should end. */
  isTimeUp(): boolean;
  /** Gets what the last stage emits. */
  output(value: unknown): void;
  /** Runs `work` so that what it starts (timers, promises, sockets) is known to be this pipeline's. */
  enter(work: () => void): void;
  /** Called after a turn that a timer or a promise began: the run may have failed, or may have room again. */
  settled(): void;
}

/** One incarnation of a list of stages: all its actors, from start to the first throw. */
export class Run implements ActorRun, StateHolder {
  readonly pipeline: string;
  readonly counts: Float64Array;
  readonly clock: Clock;
  readonly defaultTtl: number;
  readonly index: IndexView;
  readonly targets: TargetsPort;
  /** How many actors await a promise. */
  awaiting = 0;
  /** How many mailboxes are long enough for the inbox to pause. */
  congested = 0;
  readonly closing = new ClosingBranches(this);
  turns = 0;
  /** Set once, by the first stage that throws; the run is over then. */
  failure: Failure | null = null;
  /** Hands an event to the first stage. */
  readonly receive: (value: unknown) => void;
  readonly later: (work: () => void) => void;
  readonly isTimeUp: () => boolean;
  readonly #chain: LiveChain;
  readonly #options: RunOptions;
  /** What its stages hold; the ledger shows the bytes. */
  readonly #holdings = new Holdings(this);
  #saidOverflow = false;

  /** Starts every stage, as a turn. Throws what a stage's `start` threw. */
  constructor(options: RunOptions) {
    this.#options = options;
    this.pipeline = options.pipeline;
    this.counts = options.counts;
    this.clock = options.clock;
    this.defaultTtl = options.defaultTtl;
    this.index = options.index;
    this.targets = options.targets;
    this.later = options.later;
    this.isTimeUp = options.isTimeUp;
    this.#chain = new LiveChain(this, options.places, options.output, null, this.#holdings);
    this.receive = this.#chain.receive;
    options.state.join(this);
  }

  get holderName(): string {
    return `pipeline ${JSON.stringify(this.pipeline)}`;
  }

  get bytes(): number {
    return this.#holdings.bytes;
  }

  add(bytes: number): void {
    add(this.counts, STATE_BYTES, bytes);
    this.#options.state.add(bytes);
  }

  startChain(
    places: readonly StagePosition[],
    output: (value: never) => void,
    owner: BranchOwner,
    onCrash?: (crash: Event) => void,
  ): Branch<unknown> {
    return startChain(this, places, output, owner, onCrash);
  }

  explain(error: Error, stage: Site | null): string {
    return this.#options.explain(error, stage);
  }

  logFor(place: string): StageLog {
    return this.#options.logFor(place);
  }

  outlet(edge: Edge): Outlet {
    return this.#options.outlet(edge);
  }

  /** Takes note of a throw. Only the first counts: the others are its echo. */
  failed(actor: BranchOwner, value: unknown, thrown: unknown): void {
    if (thrown === RUN_FAILED) return;
    this.failure ??= { actor, value, error: coerceError(thrown) };
  }

  enter(work: () => void): void {
    this.turns++;
    try {
      this.#options.enter(work);
    } finally {
      this.turns--;
    }
  }

  /** Hands events to the first stage until they are done, the turn is over or it cannot take more; returns how far it came. */
  feed(events: readonly unknown[], from: number, isTimeUp: () => boolean): number {
    let reached = from;
    const { state } = this.#options;
    this.enter(() => {
      const { receive } = this;
      let at = from;
      try {
        while (at < events.length) {
          receive(events[at++]);
          if (this.congested > 0 || this.failure !== null || state.isOver) break;
          if ((at & LOOK_AT_CLOCK) === 0 && isTimeUp()) break;
        }
      } catch (thrown) {
        if (thrown !== RUN_FAILED) throw thrown;
      }
      reached = at;
    });
    return reached;
  }

  /** Ends a turn that a timer or a promise began. */
  settle(): void {
    this.#options.settled();
  }

  overflowed(place: string, limit: number): void {
    if (this.#saidOverflow) return;
    this.#saidOverflow = true;
    this.logFor(place).error("mailbox full, events are lost and counted as overflow", { limit });
  }

  /** Emits all that is held, top to bottom, and waits until the sinks have written it. */
  async flush(): Promise<void> {
    const writing: PromiseLike<unknown>[] = [];
    await this.#chain.flush(writing);
    await Promise.allSettled(writing);
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
    this.#options.state.leave(this);
    this.#chain.end(reason);
    this.settle();
  }

  busy(): string[] {
    return this.#chain.busy();
  }
}
