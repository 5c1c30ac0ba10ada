import type { Cancel, Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import { Queue } from "../core/queue.ts";
import {
  type Branch,
  type Context,
  type DropReason,
  type Handler,
  type OnEvent,
  type StageLog,
  show,
} from "../core/stage.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { LiveBranch } from "./branch.ts";
import type { Place } from "./layout.ts";
import { add, DELIVERED, droppedSlot, HANDLED, LOST, lostSlot, PENDING, RECEIVED, rowAt, WAITING } from "./ledger.ts";
import type { Run } from "./run.ts";

/** A mailbox this long makes the pipeline pause taking events from its inbox, until it is half as long. */
const CONGESTED = 1024;
/** A mailbox never gets longer: what one event's flood of output puts on top is lost to `overflow`. */
const MAILBOX_LIMIT = 65_536;
/** A sink of a run that is over may go on writing so long. */
const FINISH_SECONDS = 10;
/** So many queued events are handled before others get a turn. */
const BATCH = 1024;

/*
 * idle: an event handed over is handled at once, in the caller's turn.
 * busy: its handler is on the stack; what its own output brings back to it queues up.
 * waiting: its handler returned a promise; events queue up until that settles.
 * ended: the run is over, or this branch is closed; events are lost.
 */
const IDLE = 0;
const BUSY = 1;
const AWAITING = 2;
const ENDED = 3;

/** Thrown through the handlers on the stack once a stage has failed; `Run.failure` says what happened. */
export const RUN_FAILED = new FastTsError("FTS_STAGE_THREW", "the pipeline restarts");

/** A queued item: an event, or a timer's work that came while the actor was not idle. */
type Mail = { readonly value: unknown } | { readonly work: () => void };

/** One live stage: mailbox, handler and state. It is also the context its handler was started with. */
export class Actor implements Context<unknown> {
  readonly emit: (value: unknown) => void;
  /** Hands over a value: the engine's innermost step. */
  readonly receive: (value: unknown) => void;
  /** The branches it started that are still open, as a linked list: a `by` has one per key. */
  firstBranch: LiveBranch | null = null;

  readonly #run: Run;
  readonly #at: Place;
  readonly #base: number;
  #state = IDLE;
  #onEvent: OnEvent<never>;
  #flush: (() => unknown) | null = null;
  #stop: (() => void) | null = null;
  #mailbox: Queue<Mail> | null = null;
  #isCongested = false;
  #isWriting = false;
  #clock: ActorClock | null = null;
  #abort: AbortController | null = null;

  constructor(run: Run, place: Place, emit: (value: unknown) => void) {
    this.#run = run;
    this.#at = place;
    this.#base = rowAt(place.row);
    this.emit = emit;
    this.receive = this.#door();
    this.#onEvent = notStarted;
    this.#state = BUSY; // what its start brings about queues up
    const handler = startStage(place, this);
    if (typeof handler === "function") {
      this.#onEvent = handler;
    } else {
      this.#onEvent = (value) => handler.onEvent(value);
      if (handler.flush !== undefined) this.#flush = () => handler.flush?.();
      if (handler.stop !== undefined) this.#stop = () => handler.stop?.();
    }
    this.#state = IDLE;
    this.#drain();
  }

  get pipeline(): string {
    return this.#run.pipeline;
  }

  get place(): string {
    return this.#at.name;
  }

  get clock(): Clock {
    this.#clock ??= new ActorClock(this, this.#run.clock);
    return this.#clock;
  }

  get log(): StageLog {
    return this.#run.logFor(this.#at.name);
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#state === ENDED) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** Nothing queued, nothing awaited. */
  get isIdle(): boolean {
    return this.#state === ENDED || (this.#state === IDLE && (this.#mailbox === null || this.#mailbox.length === 0));
  }

  branch<In = Event>(name: string, output: (value: never) => void = this.emit): Branch<In> {
    const places = this.#at.branches.get(name);
    if (places === undefined) {
      const known = [...this.#at.branches.keys()].map((n) => JSON.stringify(n)).join(", ") || "none";
      throw new FastTsError(
        "FTS_STAGE_MISUSE",
        `${this.#at.name}: there is no branch ${JSON.stringify(name)}; it declared ${known}`,
      );
    }
    return new LiveBranch(this, this.#run.startChain(places, output));
  }

  background(work: PromiseLike<unknown>): void {
    work.then(undefined, (thrown) => this.turn(() => throwIt(thrown)));
  }

  delivered(count: number): void {
    this.#count(DELIVERED, count);
    this.#count(PENDING, -count);
  }

  dropped(count: number, reason: DropReason): void {
    this.#count(droppedSlot(reason), count);
    this.#count(PENDING, -count);
  }

  pending(count: number): void {
    this.#count(PENDING, count);
  }

  /** Runs a timer's or a promise's work as the actor: after what it is busy with, its throw a throw of the stage. */
  turn(work: () => void): void {
    if (this.#state === ENDED) return;
    if (this.#state !== IDLE) {
      this.#post({ work });
      return;
    }
    this.#state = BUSY;
    try {
      work();
      this.#state = IDLE;
      this.#drain();
    } catch (thrown) {
      this.#run.failed(this, null, thrown);
    }
    this.#run.settle();
  }

  /** Gives out what is held, top to bottom: its own first, then its branches'. */
  async flush(): Promise<void> {
    await this.#whenIdle();
    if (this.#flush !== null && this.#state !== ENDED) {
      const flush = this.#flush;
      let result: unknown;
      this.turn(() => {
        result = flush();
      });
      if (isPromise(result)) {
        this.#isWriting = true;
        await result;
        this.#isWriting = false;
      }
    }
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) await branch.flush();
  }

  /** As {@link flush}, without waiting for anything, before a restart. A sink that still writes ends when it is done. */
  flushNow(): void {
    while (this.#state === IDLE && this.#mailbox !== null && this.#mailbox.length > 0) this.#drainGuarded();
    const flush = this.#flush;
    if (this.#state === IDLE && flush !== null) {
      this.turn(() => {
        const result = flush();
        if (isPromise(result)) this.#finish(result);
      });
    }
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.flushNow();
  }

  /** Lets a sink write what it took although its run is over, for a while. */
  #finish(writing: PromiseLike<unknown>): void {
    this.#isWriting = true;
    const done = (): void => {
      cancel();
      this.#isWriting = false;
      this.end("restart");
    };
    const cancel = this.#run.clock.after(FINISH_SECONDS, done);
    writing.then(done, done);
  }

  /** See {@link LiveChain.flushBelow}: looks for `failed` in this actor's branches. */
  flushBelow(failed: Actor): boolean {
    for (let branch = this.firstBranch; branch !== null; branch = branch.next)
      if (branch.flushBelow(failed)) return true;
    return false;
  }

  /** Its own place and its branches', where something is queued or awaited or a sink still writes. */
  busy(): string[] {
    const places = this.isIdle && !this.#isWriting ? [] : [this.place];
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) places.push(...branch.busy());
    return places;
  }

  /** Ends it: timers die, what it still holds in its mailbox is lost to `reason`. */
  end(reason: "restart" | "stop"): void {
    if (this.#state === ENDED || (this.#isWriting && reason === "restart")) return;
    const awaited = this.#state === AWAITING ? 1 : 0;
    this.#state = ENDED;
    let lost = awaited;
    for (let mail = this.#mailbox?.shift(); mail !== undefined; mail = this.#mailbox?.shift())
      if ("value" in mail) lost++;
    if (lost > 0) {
      this.#count(WAITING, -lost);
      this.#count(lostSlot(LOST, reason), lost);
    }
    if (awaited > 0) this.#run.awaiting--;
    this.#relieve();
    this.#clock?.stop();
    this.#abort?.abort();
    for (let branch = this.firstBranch; branch !== null; branch = branch.next) branch.end(reason);
    this.firstBranch = null;
    this.#stop?.();
  }

  // The closure that every event goes through, once per stage. Kept flat: two counts, two states, one call
  // (bench: stages; each of these lines is about a nanosecond).
  #door(): (value: unknown) => void {
    const { counts } = this.#run;
    const received = this.#base + RECEIVED;
    const handled = this.#base + HANDLED;
    return (value) => {
      counts[received] = (counts[received] ?? 0) + 1;
      if (this.#state !== IDLE) {
        this.#queueUp(value);
        return;
      }
      this.#state = BUSY;
      try {
        const result = this.#onEvent(value as never);
        if (result !== undefined && isPromise(result)) {
          this.#await(value, result);
          return;
        }
      } catch (thrown) {
        this.#fail(value, thrown);
      }
      this.#state = IDLE;
      counts[handled] = (counts[handled] ?? 0) + 1;
      if (this.#mailbox !== null && this.#mailbox.length > 0) this.#drain();
    };
  }

  #fail(value: unknown, thrown: unknown): never {
    if (thrown === RUN_FAILED) {
      this.#count(HANDLED, 1); // it did its part; a stage further down failed
    } else {
      this.#count(lostSlot(LOST, "crash"), 1);
      this.#run.failed(this, value, thrown);
    }
    throw RUN_FAILED;
  }

  #await(value: unknown, result: PromiseLike<unknown>): void {
    this.#state = AWAITING;
    this.#run.awaiting++;
    this.#count(WAITING, 1);
    const settled = (fate: (() => void) | null): void => {
      if (this.#state === ENDED) return; // it was counted when the run ended
      this.#run.awaiting--;
      this.#count(WAITING, -1);
      if (fate !== null) {
        fate();
      } else {
        this.#count(HANDLED, 1);
        this.#state = IDLE;
        this.#drainGuarded();
      }
      this.#run.settle();
    };
    result.then(
      () => settled(null),
      (thrown) =>
        settled(() => {
          this.#state = BUSY;
          this.#count(lostSlot(LOST, "crash"), 1);
          this.#run.failed(this, value, thrown);
        }),
    );
  }

  /** An event that cannot be handled now. */
  #queueUp(value: unknown): void {
    if (this.#state === ENDED) {
      this.#count(lostSlot(LOST, "restart"), 1);
    } else if (this.#mailbox !== null && this.#mailbox.length >= MAILBOX_LIMIT) {
      this.#count(lostSlot(LOST, "overflow"), 1);
      this.#run.overflowed(this.#at.name, MAILBOX_LIMIT);
    } else {
      this.#count(WAITING, 1);
      this.#post({ value });
    }
  }

  #post(mail: Mail): void {
    this.#mailbox ??= new Queue();
    this.#mailbox.push(mail);
    if (!this.#isCongested && this.#mailbox.length >= CONGESTED) {
      this.#isCongested = true;
      this.#run.congested++;
    }
  }

  #drainGuarded(): void {
    try {
      this.#drain();
    } catch (thrown) {
      if (thrown !== RUN_FAILED) throw thrown;
    }
  }

  /** Handles what queued up, a bounded batch in this turn. */
  #drain(): void {
    const mailbox = this.#mailbox;
    if (mailbox === null) return;
    for (let n = 0; n < BATCH && this.#state === IDLE; n++) {
      const mail = mailbox.shift();
      if (mail === undefined) break;
      if (mailbox.length < CONGESTED / 2) this.#relieve();
      if ("work" in mail) {
        this.turn(mail.work);
      } else {
        this.#count(WAITING, -1);
        this.#count(RECEIVED, -1); // the door counts it again
        this.receive(mail.value);
      }
    }
    if (mailbox.length > 0 && this.#state === IDLE)
      this.#run.later(() => {
        if (this.#state !== IDLE) return;
        this.#drainGuarded();
        this.#run.settle();
      });
  }

  #relieve(): void {
    if (!this.#isCongested) return;
    this.#isCongested = false;
    this.#run.congested--;
  }

  async #whenIdle(): Promise<void> {
    while (!this.isIdle) await this.#run.nextChange();
  }

  #count(slot: number, amount: number): void {
    add(this.#run.counts, this.#base + slot, amount);
  }
}

function startStage(place: Place, context: Context<unknown>): OnEvent<never> | Handler<never> {
  let handler: OnEvent<never> | Handler<never>;
  try {
    handler = place.stage.start(context);
  } catch (thrown) {
    const cause = coerceError(thrown);
    throw new FastTsError("FTS_STAGE_THREW", `${place.name} threw while it started: ${cause.message}`, { cause });
  }
  if (typeof handler === "function") return handler;
  if (typeof handler === "object" && handler !== null && typeof handler.onEvent === "function") return handler;
  throw new FastTsError(
    "FTS_STAGE_MISUSE",
    `${place.name}: start must return a function or { onEvent }, got ${show(handler)}`,
  );
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === "object" && result !== null && "then" in result && typeof result.then === "function";
}

function notStarted(): void {}

function throwIt(thrown: unknown): never {
  throw thrown;
}

/** The clock as one actor sees it: its timers are turns of the actor and die with it. */
class ActorClock implements Clock {
  readonly #actor: Actor;
  readonly #clock: Clock;
  readonly #cancels = new Set<Cancel>();

  constructor(actor: Actor, clock: Clock) {
    this.#actor = actor;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(seconds: number, run: () => void): Cancel {
    const cancel = this.#clock.after(seconds, () => {
      this.#cancels.delete(cancel);
      this.#actor.turn(run);
    });
    return this.#own(cancel);
  }

  every(seconds: number, run: () => void, first?: number): Cancel {
    return this.#own(this.#clock.every(seconds, () => this.#actor.turn(run), first));
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #own(cancel: Cancel): Cancel {
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }
}
