import { ActorContext } from "./actor-context.ts";
import { type ActorState, type Dispatch, IDLE } from "./dispatch.ts";
import { add, HANDLED, LOST, lostSlot, RECEIVED, rowAt, WAITING } from "./ledger.ts";
import { MAX_MAILBOX_EVENTS, type Mail, Mailbox } from "./mailbox.ts";
import { misfit } from "./misfit.ts";
import { RUN_FAILED } from "./run-scope.ts";

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
export const DRAINING = 3;
export const ENDED = 4;

/**
 * The side of an actor that events come to: it handles them at once, or has them wait. (Methods with # would cost each
 * actor 8 bytes, and there may be one a key.)
 */
export abstract class ActorEvents extends ActorContext implements ActorState {
  /** Hands over a value: the engine's innermost step. */
  abstract readonly receive: Dispatch;
  status = STARTING;

  get isEnded(): boolean {
    return this.status === ENDED;
  }

  get isStarting(): boolean {
    return this.status === STARTING;
  }

  /**
   * Runs a timer's or a promise's work as the actor: its throw is a throw of the stage. It does not wait for what the
   * handler awaits, which it may be that settles it; only for events that are being drained.
   */
  turn(work: () => void): void {
    if (this.status === ENDED) return;
    this.changes();
    if (this.status === IDLE || this.status === AWAITING) this.work(work);
    else this.post({ work });
    this.run.settle();
  }

  /** A timer's work, or what else is not about one event. */
  protected work(work: () => void): void {
    try {
      this.run.enter(work);
    } catch (thrown) {
      this.run.failed(this, null, thrown);
    }
  }

  /** Unwinds to where the turn began, or, when the value came from a callback that is no turn, ends one of its own. */
  fail(value: unknown, thrown: unknown): void {
    if (thrown === RUN_FAILED) {
      this.count(HANDLED, 1); // it did its part; a stage further down failed
    } else {
      this.count(lostSlot(LOST, "crash"), 1);
      this.run.failed(this, value, thrown);
    }
    this.run.unwind();
  }

  misfit(value: unknown): never {
    throw misfit(this.at, value);
  }

  awaits(value: unknown, result: PromiseLike<unknown>): void {
    this.status = AWAITING;
    this.scope.awaiting++;
    this.count(WAITING, 1);
    const settled = (fate: () => void): void => {
      if (this.status === ENDED) return; // it was counted when the run ended
      this.scope.awaiting--;
      this.count(WAITING, -1);
      fate();
      this.run.settle();
    };
    const fulfilled = (): void => {
      this.count(HANDLED, 1);
      // Promises settle one after the other, and no timer or socket gets its turn in between.
      if (this.queued > 0 && this.scope.isTimeUp()) return this.drainLater();
      this.status = IDLE;
      this.drainGuarded();
    };
    const rejected = (thrown: unknown): void => {
      this.status = DRAINING; // nothing is awaited any more; the run ends when this turn does
      // As in `fail`: when a stage further down failed, this one did its part.
      this.count(thrown === RUN_FAILED ? HANDLED : lostSlot(LOST, "crash"), 1);
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
    if (this.status === ENDED) {
      this.count(lostSlot(LOST, "restart"), 1);
    } else if (this.queued >= MAX_MAILBOX_EVENTS) {
      this.count(lostSlot(LOST, "overflow"), 1);
      this.scope.overflowed(this.place, MAX_MAILBOX_EVENTS);
    } else {
      this.count(WAITING, 1);
      this.post({ value });
    }
  }

  protected post(mail: Mail): void {
    const rare = this.ensureRare();
    rare.mailbox ??= new Mailbox(this.scope);
    rare.mailbox.push(mail);
  }

  protected drainGuarded(): void {
    this.run.turn(() => this.drain());
  }

  /** Handles what queued up, a bounded batch in this turn. */
  protected drain(): void {
    for (let n = 0; n < BATCH_EVENTS; n++) {
      const mail = this.rare?.mailbox?.shift();
      this.status = IDLE;
      if (mail === undefined) return;
      if ("value" in mail) {
        this.count(WAITING, -1);
        this.count(RECEIVED, -1); // dispatch counts it again
        this.receive(mail.value);
      } else if ("work" in mail) {
        this.work(mail.work);
      } else {
        mail.wake();
      }
      if (this.status !== IDLE) return; // it awaits, or has ended
    }
    this.drainLater();
  }

  /** Goes on with the mailbox in a later turn. */
  protected drainLater(): void {
    this.status = DRAINING;
    this.scope.draining++;
    this.scope.thread.later(() => {
      this.scope.draining--;
      if (this.status !== DRAINING) return;
      this.drainGuarded();
      this.run.settle();
    });
  }

  /** Events are lost from now on, and what waits is lost to `reason`. */
  protected endEvents(reason: "restart" | "stop"): void {
    let lost = 0;
    if (this.status === AWAITING) {
      this.scope.awaiting--;
      lost++;
    }
    this.status = ENDED;
    for (let mail = this.rare?.mailbox?.shift(); mail !== undefined; mail = this.rare?.mailbox?.shift())
      if ("value" in mail) lost++;
      else if ("wake" in mail) mail.wake();
    if (lost === 0) return;
    this.count(WAITING, -lost);
    this.count(lostSlot(LOST, reason), lost);
  }

  /** Nothing queued, nothing awaited. */
  protected get isIdle(): boolean {
    return this.status === ENDED || this.status === IDLE;
  }

  protected get queued(): number {
    return this.rare?.mailbox?.length ?? 0;
  }

  protected count(slot: number, amount: number): void {
    add(this.scope.counts, rowAt(this.at.row) + slot, amount);
  }
}
