import { isPromise } from "../core/promise.ts";
import type { Handler } from "../core/stage.ts";
import type { Cut, Plain } from "../core/state.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { ActorEvents, DRAINING, ENDED } from "./actor-events.ts";
import { type Dispatch, IDLE, type Work } from "./dispatch.ts";
import type { StagePosition } from "./layout.ts";
import { RestoredStage } from "./restored-stage.ts";
import type { BranchOwner, FailureScope, OpenBranch, OwnChain } from "./run-scope.ts";
import { isHolding } from "./stage-counters.ts";
import { startStage } from "./start-stage.ts";
import type { KeyHolder } from "./state-budget.ts";

/** How long a sink may go on writing after its run has ended, and a closed branch may go on awaiting. */
export const FINISH_SECONDS = 10;

/* It is flushed once, before it ends, and a sink whose run is over may go on writing after that. */
const UNFLUSHED = 0;
const FLUSHED = 1;
const WRITING = 2;

/** Thrown where a run cannot be saved now. */
export const UNSETTLED = new FastTsError("FTS_STAGE_MISUSE", "a stage awaits something");

/**
 * One live stage: mailbox, handler and state. It is also the context its handler was started with. (Methods with # would
 * cost each actor 8 bytes.)
 */
export class Actor extends ActorEvents {
  readonly receive: Dispatch;
  #handler: Handler<never> | null = null;

  /** @param saved - What {@link save} gave, or `null`. */
  constructor(run: FailureScope, place: StagePosition, emit: (value: unknown) => void, chain: OwnChain, saved: Plain) {
    super(run, place, emit, chain);
    const work = this.start(saved);
    if (typeof work === "object" && "onEvent" in work) this.#handler = work;
    this.receive = place.dispatch.bind({ counts: run.scope.counts, actor: this, work, emit });
    this.status = IDLE;
    this.drain();
  }

  /** What a stage that does not start has begun ends at once. */
  private start(saved: Plain): Work {
    const { scope } = this;
    const outer = scope.restoring;
    try {
      return (saved === null ? null : this.restore(saved)) ?? this.startAnew();
    } catch (thrown) {
      this.endStart();
      throw thrown;
    } finally {
      scope.restoring = outer;
    }
  }

  private startAnew(): Work {
    this.scope.restoring = null;
    return startStage(this.at, this);
  }

  /** `null`: what was saved does not fit. */
  private restore(saved: Plain): Work | null {
    const { scope } = this;
    try {
      const restoring = new RestoredStage(saved);
      scope.restoring = restoring;
      const work = startStage(this.at, this);
      restoring.finish();
      return work;
    } catch {
      this.endStart();
      this.rare = null;
      scope.restored?.anew.add(this.place);
      return null;
    }
  }

  private endStart(): void {
    this.endContext();
    this.endBranches("restart");
  }

  private endBranches(reason: "restart" | "stop"): void {
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.end(reason);
    this.firstBranch = null;
  }

  /**
   * What it and its branches keep, for a later run; `null` when that is nothing.
   *
   * @throws UNSETTLED when something is queued or awaited.
   */
  save(cut: Cut | null): Plain {
    if (this.status === ENDED) return null;
    if (!this.isIdle) {
      cut?.giveUp();
      throw UNSETTLED;
    }
    const parts = this.saveParts(cut);
    // A stage that says nothing may have a state of its own.
    if (this.hasTimers || (parts === null && this.at.stage.memory !== 0)) this.scope.forgetful.add(this.place);
    if (this.firstBranch !== null && !this.holdsBranches) return [parts ?? [], this.saveBranches(cut)];
    return parts === null ? null : [parts];
  }

  private saveBranches(cut: Cut | null): readonly Plain[] {
    const branches: Plain[] = [];
    for (let branch = this.firstBranch; branch !== null; branch = branch.next)
      branches.unshift(this.nameOf(branch), branch.save(cut));
    return branches;
  }

  /** What it keeps was saved, and goes on elsewhere: it does nothing more of its own accord. */
  freeze(): void {
    if (this.parts !== null) {
      this.endContext();
      this.ensureRare().flushing = FLUSHED;
    }
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.freeze();
  }

  private nameOf(branch: OpenBranch): string {
    for (const [name, [first]] of this.at.branches) if (first?.name === branch.firstPlace) return name;
    return "";
  }

  /**
   * Emits what is held, top to bottom: its own first, then its branches'. Writes of sinks still under way are added to
   * `writing`: the stages below need not wait for that.
   */
  async flush(writing: PromiseLike<unknown>[]): Promise<void> {
    while (!this.isIdle) await new Promise<void>((wake) => this.post({ wake }));
    const flushed = this.scope.isKept && this.parts !== null ? null : this.flushHandler();
    if (flushed !== null) {
      const noted = Promise.resolve(flushed).catch((thrown) => {
        this.run.failed(this, null, thrown);
        this.run.settle();
      });
      if (isHolding(this.scope.counts, this.at)) writing.push(noted);
      else await noted;
    }
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) await branch.flush(writing);
  }

  /** As {@link flush}, without waiting for anything, before a restart. A sink that still writes ends when it is done. */
  flushNow(): void {
    while (this.status === DRAINING) this.drainGuarded();
    const writing = this.flushHandler();
    if (writing !== null) this.finish(writing);
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.flushNow();
  }

  /** Emits what is held and ends, unless it or one of its branches awaits something; whether it has ended. */
  closeNow(): boolean {
    if (this.isQuiet) this.flushNow(); // which may make a stage below it in its branches await
    if (!this.isQuiet) return false;
    this.end("stop");
    return true;
  }

  /** It holds no state that lasts until something changes it, nor do its branches. */
  isInitial(): boolean {
    if (this.at.stage.memory === Number.POSITIVE_INFINITY && this.#handler?.isInitial?.() !== true) return false;
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) if (!branch.isInitial()) return false;
    return true;
  }

  /** Itself, when its stage can forget something, else those in its branches. */
  holders(): KeyHolder[] {
    if (this.rare?.forgetful) return [this];
    const inside: KeyHolder[] = [];
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) inside.push(...branch.holders());
    return inside;
  }

  evict(): boolean {
    let hasForgotten = false;
    if (this.status === ENDED) return hasForgotten;
    this.work(() => {
      hasForgotten = this.rare?.forgetful?.evict() === true;
    });
    return hasForgotten;
  }

  /** Nothing is queued or awaited, here and in its branches. */
  get isQuiet(): boolean {
    if (!this.isIdle) return false;
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) if (!branch.isQuiet) return false;
    return true;
  }

  /** Looks for `failed` in this actor's branches. */
  flushBelow(failed: BranchOwner): boolean {
    for (let branch = this.firstBranch; branch !== null; branch = branch.next)
      if (branch.flushBelow(failed)) return true;
    return false;
  }

  /** Its own place and its branches', where something is queued or awaited or a sink holds events. */
  busy(): string[] {
    const places = this.isIdle && !isHolding(this.scope.counts, this.at) ? [] : [this.place];
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) places.push(...branch.busy());
    return places;
  }

  /** Ends it: timers die, what it still holds in its mailbox is lost to `reason`. */
  end(reason: "restart" | "stop"): void {
    if (this.status === ENDED || (this.rare?.flushing === WRITING && reason === "restart")) return;
    this.endEvents(reason);
    this.endContext();
    this.endBranches(reason);
    try {
      this.#handler?.stop?.();
    } catch (thrown) {
      const error = this.scope.thread.explain(coerceError(thrown), this.site);
      this.log.error("stage threw while it stopped", { error });
    }
  }

  private flushHandler(): PromiseLike<unknown> | null {
    if (this.#handler?.flush === undefined || this.status !== IDLE || (this.rare?.flushing ?? UNFLUSHED) !== UNFLUSHED)
      return null;
    this.ensureRare().flushing = FLUSHED;
    let result: unknown;
    this.work(() => {
      result = this.#handler?.flush?.();
    });
    this.run.settle();
    return isPromise(result) ? result : null;
  }

  /** Lets a sink write what it took although its run is over, for a while. */
  private finish(writing: PromiseLike<unknown>): void {
    this.ensureRare().flushing = WRITING;
    const done = (): void => {
      cancel();
      this.ensureRare().flushing = FLUSHED;
      this.end("restart");
    };
    const cancel = this.scope.thread.machine.after(FINISH_SECONDS, done);
    writing.then(done, done);
  }
}
