import { isPromise } from "../core/promise.ts";
import type { Handler } from "../core/stage.ts";
import { coerceError } from "../errors.ts";
import { ActorContext } from "./actor-context.ts";
import { type ActorState, type Dispatch, IDLE, type Work } from "./dispatch.ts";
import type { Holdings } from "./holdings.ts";
import type { StagePosition } from "./layout.ts";
import { add, HANDLED, LOST, lostSlot, RECEIVED, rowAt, WAITING } from "./ledger.ts";
import { MAX_MAILBOX_EVENTS, type Mail, Mailbox } from "./mailbox.ts";
import { misfit } from "./misfit.ts";
import { type BranchOwner, type FailureScope, RUN_FAILED } from "./run-scope.ts";
import { isHolding } from "./stage-counters.ts";
import { startStage } from "./start-stage.ts";
import type { KeyHolder } from "./state-budget.ts";

/** How long a sink may go on writing after its run has ended, and a closed branch may go on awaiting. */
export const FINISH_SECONDS = 10;
/** Maximum queued events that are handled before others get a turn. */
const BATCH_EVENTS = 1024;

/*
 * idle: the mailbox is empty; an event handed over is handled at once, in the caller's turn. (Nothing comes back to an
 * actor whose handler is on the stack: what it emits only goes down.)
 * starting: events queue up until its start has returned.
 * awaiting: its handler returned a promise; events queue up until that settles.
 * draining: it works on what had queued up; events queue up behind, so that order is kept.
 * ended: it threw, the run is over, or its branch is closed; events are lost.
 */
const STARTING = 1;
const AWAITING = 2;
const DRAINING = 3;
const ENDED = 4;

/*
 * One field for both, as there may be an actor a key: it is flushed once, before it ends, and a sink whose run is over
 * may go on writing after that.
 */
const UNFLUSHED = 0;
const FLUSHED = 1;
const WRITING = 2;

/** One live stage: mailbox, handler and state. It is also the context its handler was started with. */
export class Actor extends ActorContext implements ActorState {
  /** Hands over a value: the engine's innermost step. */
  readonly receive: Dispatch;
  state = STARTING;
  #handler: Handler<never> | null = null;
  #flushing = UNFLUSHED;

  constructor(run: FailureScope, place: StagePosition, emit: (value: unknown) => void, above: Holdings) {
    super(run, place, emit, above);
    const work = this.#start();
    if (typeof work === "object" && "onEvent" in work) this.#handler = work;
    const row = rowAt(place.row);
    const counting = { counts: run.scope.counts, received: row + RECEIVED, handled: row + HANDLED };
    this.receive = place.dispatch.bind({ ...counting, actor: this, work, emit });
    this.state = IDLE;
    this.#drain();
  }

  get isEnded(): boolean {
    return this.state === ENDED;
  }

  /** What a stage that does not start has begun ends at once. */
  #start(): Work {
    try {
      return startStage(this.at, this);
    } catch (thrown) {
      this.endContext();
      throw thrown;
    }
  }

  /**
   * Runs a timer's or a promise's work as the actor: its throw is a throw of the stage. It does not wait for what the
   * handler awaits, which it may be that settles it; only for events that are being drained.
   */
  turn(work: () => void): void {
    if (this.state === ENDED) return;
    if (this.state === IDLE || this.state === AWAITING) this.#work(work);
    else this.#post({ work });
    this.run.settle();
  }

  /**
   * Emits what is held, top to bottom: its own first, then its branches'. Writes of sinks still under way are added to
   * `writing`: the stages below need not wait for that.
   */
  async flush(writing: PromiseLike<unknown>[]): Promise<void> {
    while (!this.#isIdle) await new Promise<void>((wake) => this.#post({ wake }));
    const flushed = this.#flushHandler();
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
    while (this.state === DRAINING) this.#drainGuarded();
    const writing = this.#flushHandler();
    if (writing !== null) this.#finish(writing);
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
    if (this.state === ENDED) return hasForgotten;
    this.#work(() => {
      hasForgotten = this.rare?.forgetful?.evict() === true;
    });
    return hasForgotten;
  }

  /** Nothing is queued or awaited, here and in its branches. */
  get isQuiet(): boolean {
    if (!this.#isIdle) return false;
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
    const places = this.#isIdle && !isHolding(this.scope.counts, this.at) ? [] : [this.place];
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) places.push(...branch.busy());
    return places;
  }

  /** Ends it: timers die, what it still holds in its mailbox is lost to `reason`. */
  end(reason: "restart" | "stop"): void {
    if (this.state === ENDED || (this.#flushing === WRITING && reason === "restart")) return;
    let lost = 0;
    if (this.state === AWAITING) {
      this.scope.awaiting--;
      lost++;
    }
    this.state = ENDED;
    for (let mail = this.rare?.mailbox?.shift(); mail !== undefined; mail = this.rare?.mailbox?.shift())
      if ("value" in mail) lost++;
      else if ("wake" in mail) mail.wake();
    if (lost > 0) {
      this.#count(WAITING, -lost);
      this.#count(lostSlot(LOST, reason), lost);
    }
    this.endContext();
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.end(reason);
    this.firstBranch = null;
    try {
      this.#handler?.stop?.();
    } catch (thrown) {
      this.log.error("stage threw while it stopped", { error: coerceError(thrown).stack });
    }
  }

  /** A timer's work, or what else is not about one event. */
  #work(work: () => void): void {
    try {
      this.run.enter(work);
    } catch (thrown) {
      this.run.failed(this, null, thrown);
    }
  }

  /** Unwinds to where the turn began, or, when the value came from a callback that is no turn, ends one of its own. */
  fail(value: unknown, thrown: unknown): void {
    if (thrown === RUN_FAILED) {
      this.#count(HANDLED, 1); // it did its part; a stage further down failed
    } else {
      this.#count(lostSlot(LOST, "crash"), 1);
      this.run.failed(this, value, thrown);
    }
    this.run.unwind();
  }

  misfit(value: unknown): never {
    throw misfit(this.at, value);
  }

  awaits(value: unknown, result: PromiseLike<unknown>): void {
    this.state = AWAITING;
    this.scope.awaiting++;
    this.#count(WAITING, 1);
    const settled = (fate: () => void): void => {
      if (this.state === ENDED) return; // it was counted when the run ended
      this.scope.awaiting--;
      this.#count(WAITING, -1);
      fate();
      this.run.settle();
    };
    const fulfilled = (): void => {
      this.#count(HANDLED, 1);
      // Promises settle one after the other, and no timer or socket gets its turn in between.
      if (this.#queued > 0 && this.scope.isTimeUp()) return this.#drainLater();
      this.state = IDLE;
      this.#drainGuarded();
    };
    const rejected = (thrown: unknown): void => {
      this.state = DRAINING; // nothing is awaited any more; the run ends when this turn does
      // As in `#fail`: when a stage further down failed, this one did its part.
      this.#count(thrown === RUN_FAILED ? HANDLED : lostSlot(LOST, "crash"), 1);
      this.run.failed(this, value, thrown);
    };
    // A thenable may settle twice, or throw, so a real promise stands in between.
    Promise.resolve(result).then(
      () => settled(fulfilled),
      (thrown) => settled(() => rejected(thrown)),
    );
  }

  /** An event that cannot be handled now. */
  queueUp(value: unknown): void {
    if (this.state === ENDED) {
      this.#count(lostSlot(LOST, "restart"), 1);
    } else if (this.#queued >= MAX_MAILBOX_EVENTS) {
      this.#count(lostSlot(LOST, "overflow"), 1);
      this.scope.overflowed(this.place, MAX_MAILBOX_EVENTS);
    } else {
      this.#count(WAITING, 1);
      this.#post({ value });
    }
  }

  #post(mail: Mail): void {
    const rare = this.ensureRare();
    rare.mailbox ??= new Mailbox(this.scope);
    rare.mailbox.push(mail);
  }

  #drainGuarded(): void {
    this.run.turn(() => this.#drain());
  }

  /** Handles what queued up, a bounded batch in this turn. */
  #drain(): void {
    for (let n = 0; n < BATCH_EVENTS; n++) {
      const mail = this.rare?.mailbox?.shift();
      this.state = IDLE;
      if (mail === undefined) return;
      if ("value" in mail) {
        this.#count(WAITING, -1);
        this.#count(RECEIVED, -1); // dispatch counts it again
        this.receive(mail.value);
      } else if ("work" in mail) {
        this.#work(mail.work);
      } else {
        mail.wake();
      }
      if (this.state !== IDLE) return; // it awaits, or has ended
    }
    this.#drainLater();
  }

  /** Goes on with the mailbox in a later turn. */
  #drainLater(): void {
    this.state = DRAINING;
    this.scope.thread.later(() => {
      if (this.state !== DRAINING) return;
      this.#drainGuarded();
      this.run.settle();
    });
  }

  #flushHandler(): PromiseLike<unknown> | null {
    if (this.#handler?.flush === undefined || this.state !== IDLE || this.#flushing !== UNFLUSHED) return null;
    this.#flushing = FLUSHED;
    let result: unknown;
    this.#work(() => {
      result = this.#handler?.flush?.();
    });
    this.run.settle();
    return isPromise(result) ? result : null;
  }

  /** Lets a sink write what it took although its run is over, for a while. */
  #finish(writing: PromiseLike<unknown>): void {
    this.#flushing = WRITING;
    const done = (): void => {
      cancel();
      this.#flushing = FLUSHED;
      this.end("restart");
    };
    const cancel = this.scope.thread.clock.after(FINISH_SECONDS, done);
    writing.then(done, done);
  }

  /** Nothing queued, nothing awaited. */
  get #isIdle(): boolean {
    return this.state === ENDED || this.state === IDLE;
  }

  get #queued(): number {
    return this.rare?.mailbox?.length ?? 0;
  }

  #count(slot: number, amount: number): void {
    add(this.scope.counts, rowAt(this.at.row) + slot, amount);
  }
}
