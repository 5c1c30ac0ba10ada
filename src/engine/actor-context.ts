import type { Account } from "../core/account.ts";
import type { AlertHolder, AlertsKnown, KeptAlerts } from "../core/alerts-port.ts";
import type { Clock } from "../core/clock.ts";
import type { IndexView } from "../core/index-view.ts";
import type { SilencesPort } from "../core/silences-port.ts";
import type { Context, Outlet, Site, StageLog } from "../core/stage.ts";
import { type Cut, filledState, type Plain } from "../core/state.ts";
import type { TargetsPort } from "../core/target-port.ts";
import { FastTsError } from "../errors.ts";
import { ActorAlarm } from "./actor-alarm.ts";
import { ActorClock } from "./actor-clock.ts";
import { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import { RareParts } from "./rare-parts.ts";
import type { BranchOwner, FailureScope, OpenBranch, OwnChain, RunScope } from "./run-scope.ts";
import { StageAccount } from "./stage-account.ts";
import { delivered, dropped, evicted, pending } from "./stage-counters.ts";
import { partsOf, type StatePart, type StateParts, saveParts, withPart } from "./state-parts.ts";

/**
 * The side of an actor that its stage sees: the argument of `start`. One object with the actor, as a `by` has one for
 * each key; most of it is made when it is asked for.
 */
export abstract class ActorContext extends ActorClock implements Context<unknown>, BranchOwner {
  readonly emit: (value: unknown) => void;
  firstBranch: OpenBranch | null = null;
  readonly run: FailureScope;
  protected readonly at: StagePosition;
  protected rare: RareParts | null = null;
  readonly #chain: OwnChain;
  protected parts: StateParts = null;

  constructor(run: FailureScope, place: StagePosition, emit: (value: unknown) => void, chain: OwnChain) {
    super();
    this.run = run;
    this.at = place;
    this.emit = emit;
    this.#chain = chain;
  }

  abstract get isEnded(): boolean;

  /** Its `start` has not returned. */
  abstract get isStarting(): boolean;

  protected get threadClock(): Clock {
    return this.scope.thread.clock;
  }

  protected get scope(): RunScope {
    return this.run.scope;
  }

  get pipeline(): string {
    return this.scope.pipeline;
  }

  get place(): string {
    return this.at.name;
  }

  get site(): Site {
    return this.at.stage.site;
  }

  get clock(): Clock {
    return this;
  }

  get defaultTtl(): number {
    return this.scope.thread.defaultTtl;
  }

  get log(): StageLog {
    return this.scope.logFor(this.at.name);
  }

  get signal(): AbortSignal {
    const rare = this.ensureRare();
    if (rare.abort === null) {
      rare.abort = new AbortController();
      if (this.isEnded) rare.abort.abort();
    }
    return rare.abort.signal;
  }

  get send(): Outlet {
    const { edge } = this.at.stage;
    if (edge !== null) return this.scope.thread.outlet(edge, this.pipeline);
    throw this.#misuse("a stage that sends must declare its edge");
  }

  get account(): Account {
    return new StageAccount(this.scope.counts, this.at.row);
  }

  get targets(): TargetsPort {
    return this.scope.thread.targets;
  }

  get silences(): SilencesPort {
    return this.scope.thread.silences;
  }

  openAlerts(holder: AlertHolder, restored: AlertsKnown | null): KeptAlerts {
    const { pipeline, scope: run, at } = this;
    const changes = (): void => this.changes();
    if (at.keepsAs !== null)
      return run.thread.alerts.join({ pipeline, stage: at.keepsAs, run, holder, restored, changes });
    throw this.#misuse('a stage with open alerts needs { edge: { kind: "alert", name, keeps } } behind its start');
  }

  get index(): IndexView {
    if (this.at.stage.edge?.kind === "index") return this.scope.thread.index;
    throw this.#misuse('a stage that uses the index needs { edge: { kind: "index", name: "index" } } behind its start');
  }

  // Functions made when asked for, as a stage may take them out of its context; one kept per actor would cost each key.
  get branch(): Context<unknown>["branch"] {
    return (name, output = this.emit, onCrash, saved) => {
      const places = this.at.branches.get(name);
      if (saved !== undefined || !this.isStarting) this.ensureRare().holdsBranches = true;
      const given = saved ?? (this.isStarting ? (this.scope.restoring?.nextBranch(name) ?? null) : null);
      if (places !== undefined) return this.scope.startBranch(this.run, places, output, this, given, onCrash);
      const known = [...this.at.branches.keys()].map((n) => JSON.stringify(n)).join(", ") || "none";
      throw this.#misuse(`there is no branch ${JSON.stringify(name)}; it declared ${known}`);
    };
  }

  get state(): Context["state"] {
    return (create) => {
      this.checkStarting("state");
      const saved = this.scope.restoring?.nextPart();
      const own = create();
      if (saved !== undefined) filledState(own, saved);
      this.addPart(own);
      return own;
    };
  }

  get alarm(): Context["alarm"] {
    return (ring, { by = "now" } = {}) => {
      this.checkStarting("alarm");
      const alarm = new ActorAlarm(this, this.scope.thread.clock, ring, by === "now");
      this.addPart(alarm);
      const saved = this.scope.restoring?.nextPart();
      if (saved !== undefined) alarm.restore(saved, this.scope.restored?.away);
      return alarm;
    };
  }

  get keeps(): Context["keeps"] {
    return (part) => {
      this.checkStarting("keeps");
      this.addPart(part);
      const saved = this.scope.restoring?.nextPart();
      if (saved !== undefined) part.restore(saved);
    };
  }

  get isRestored(): boolean {
    return this.isStarting && this.scope.restoring !== null;
  }

  get away(): number {
    return this.isRestored ? (this.scope.restored?.away ?? 0) : 0;
  }

  private checkStarting(what: string): void {
    if (this.isStarting) return;
    throw this.#misuse(`context.${what}(…) is to be called in start, before it returns`);
  }

  #misuse(problem: string): FastTsError {
    return new FastTsError("FTS_STAGE_MISUSE", `${this.place}: ${problem}`);
  }

  private addPart(part: StatePart): void {
    this.parts = withPart(this.parts, part);
  }

  /** What its stage keeps; `null` when that is nothing. */
  protected saveParts(cut: Cut | null): readonly Plain[] | null {
    return this.parts === null ? null : saveParts(this.parts, cut);
  }

  /** Its state is about to change, by a turn of its own. */
  changes(): void {
    const { cut } = this.scope;
    if (cut !== null && !cut.isOver) this.#chain.changes(cut);
  }

  get holdsBranches(): boolean {
    return this.rare?.holdsBranches === true;
  }

  get background(): Context["background"] {
    const throwIn = (thrown: unknown) => (): void =>
      this.turn(() => {
        throw thrown;
      });
    // Not in this turn: a stage that restarts and fails again at once would keep the thread busy.
    const fail = (thrown: unknown): void => this.scope.thread.later(throwIn(thrown));
    return (work) => void Promise.resolve(work).catch(fail);
  }

  get delivered(): Context["delivered"] {
    return delivered(this.scope.counts, this.at);
  }

  get dropped(): Context["dropped"] {
    return dropped(this.scope.counts, this.at);
  }

  get evicted(): Context["evicted"] {
    return evicted(this.scope.counts, this.at);
  }

  get held(): Context["held"] {
    const rare = this.ensureRare();
    return (bytes, keys = 0) => {
      if (this.isEnded) return;
      rare.bytes += bytes;
      rare.keys += keys;
      this.#chain.holdings.add(bytes, keys);
    };
  }

  get forgets(): Context["forgets"] {
    const rare = this.ensureRare();
    return (holder) => {
      rare.forgetful = holder;
    };
  }

  get inside(): Context["inside"] {
    const rare = this.ensureRare();
    rare.inside ??= new Holdings(this.#chain.holdings);
    return rare.inside;
  }

  get holdings(): Holdings {
    return this.rare?.inside ?? this.#chain.holdings;
  }

  get pending(): Context["pending"] {
    return pending(this.scope.counts, this.at);
  }

  get holderName(): string {
    return this.place;
  }

  /** What it has reported as held, with the stages inside it. */
  get bytes(): number {
    return (this.rare?.bytes ?? 0) + (this.rare?.inside?.bytes ?? 0);
  }

  get keys(): number {
    return (this.rare?.keys ?? 0) + (this.rare?.inside?.keys ?? 0);
  }

  /** What it holds counts no longer: it is about to end. */
  release(): void {
    const { rare } = this;
    if (rare === null) return;
    this.#chain.holdings.add(-rare.bytes, -rare.keys);
    rare.bytes = 0;
    rare.keys = 0;
  }

  /** Timers die, the signal is aborted. */
  protected endContext(): void {
    this.stopTimers();
    for (const part of partsOf(this.parts)) if (part instanceof ActorAlarm) part.end();
    this.parts = null;
    this.release();
    this.rare?.abort?.abort();
  }

  protected ensureRare(): RareParts {
    this.rare ??= new RareParts();
    return this.rare;
  }
}
