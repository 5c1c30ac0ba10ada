import type { Clock } from "../core/clock.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Context, Outlet, Site, StageLog } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import { FastTsError } from "../errors.ts";
import { ActorClock } from "./actor-clock.ts";
import type { StagePosition } from "./layout.ts";
import type { ActorRun, BranchOwner, OpenBranch } from "./run-scope.ts";
import { delivered, dropped, evicted, pending } from "./stage-counters.ts";

/**
 * The side of an actor that its stage sees: the argument of `start`. One object with the actor, as a `by` has one for
 * each key; most of it is made when it is asked for.
 */
export abstract class ActorContext implements Context<unknown>, BranchOwner {
  readonly emit: (value: unknown) => void;
  firstBranch: OpenBranch | null = null;
  readonly run: ActorRun;
  protected readonly at: StagePosition;
  #clock: ActorClock | null = null;
  #abort: AbortController | null = null;

  constructor(run: ActorRun, place: StagePosition, emit: (value: unknown) => void) {
    this.run = run;
    this.at = place;
    this.emit = emit;
  }

  abstract get isEnded(): boolean;

  /** Runs a timer's or a promise's work as the actor. */
  abstract turn(work: () => void): void;

  get pipeline(): string {
    return this.run.pipeline;
  }

  get place(): string {
    return this.at.name;
  }

  get site(): Site {
    return this.at.stage.site;
  }

  get clock(): Clock {
    this.#clock ??= new ActorClock(this.run.clock, this);
    return this.#clock;
  }

  get defaultTtl(): number {
    return this.run.defaultTtl;
  }

  get log(): StageLog {
    return this.run.logFor(this.at.name);
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.isEnded) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get send(): Outlet {
    const { edge } = this.at.stage;
    if (edge !== null) return this.run.outlet(edge);
    throw new FastTsError("FTS_STAGE_MISUSE", `${this.place}: a stage that sends must declare its edge`);
  }

  get targets(): TargetsPort {
    return this.run.targets;
  }

  get index(): IndexView {
    if (this.at.stage.edge?.kind === "index") return this.run.index;
    throw new FastTsError(
      "FTS_STAGE_MISUSE",
      `${this.place}: a stage that uses the index needs { edge: { kind: "index", name: "index" } } behind its start`,
    );
  }

  // Functions made when asked for, as a stage may take them out of its context; one kept per actor would cost each key.
  get branch(): Context<unknown>["branch"] {
    return (name, output = this.emit, onCrash) => {
      const places = this.at.branches.get(name);
      if (places !== undefined) return this.run.startChain(places, output, this, onCrash);
      const known = [...this.at.branches.keys()].map((n) => JSON.stringify(n)).join(", ") || "none";
      const problem = `${this.place}: there is no branch ${JSON.stringify(name)}; it declared ${known}`;
      throw new FastTsError("FTS_STAGE_MISUSE", problem);
    };
  }

  get background(): Context["background"] {
    const throwIn = (thrown: unknown) => (): void =>
      this.turn(() => {
        throw thrown;
      });
    // Not in this turn: a stage that restarts and fails again at once would keep the thread busy.
    const fail = (thrown: unknown): void => this.run.later(throwIn(thrown));
    return (work) => void Promise.resolve(work).catch(fail);
  }

  get delivered(): Context["delivered"] {
    return delivered(this.run.counts, this.at);
  }

  get dropped(): Context["dropped"] {
    return dropped(this.run.counts, this.at);
  }

  get evicted(): Context["evicted"] {
    return evicted(this.run.counts, this.at);
  }

  get pending(): Context["pending"] {
    return pending(this.run.counts, this.at);
  }

  /** Timers die, the signal is aborted. */
  protected endContext(): void {
    this.#clock?.stop();
    this.#abort?.abort();
  }
}
