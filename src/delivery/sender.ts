import type { Cancel } from "../core/clock.ts";
import type { TargetSettings, TargetWriter } from "../core/target-port.ts";
import { backoff } from "./backoff.ts";
import { type Batch, type GivenItems, halve, type Lease, partsOf, select } from "./batch.ts";
import { BatchSettlement, type BatchSettlementOptions } from "./batch-settlement.ts";
import { Circuit } from "./circuit.ts";
import { DeliveryFailure, failureOf } from "./failure.ts";
import { RateLimit } from "./rate-limit.ts";
import { type Attempt, Retries } from "./retries.ts";
import type { GivenItem, Store } from "./store.ts";

export interface SenderOptions<T> extends BatchSettlementOptions<T> {
  readonly writer: TargetWriter<T>;
  /** Called when a write is over: the store may have room again. */
  freed(): void;
  /** Whether what was just taken is to be sent before anything else happens. @default at the end of the turn */
  isUrgent?(): boolean;
}

/**
 * Sends what a store holds.
 *
 * waiting: items wait for a full batch, for its time or for the writer. sending: up to `concurrency` writes are under
 * way. Failed writes wait for their next try; with the circuit open one write at a time is tried. closed: nothing is
 * sent any more.
 */
export class Sender<T> {
  readonly #options: SenderOptions<T>;
  readonly #store: Store<T>;
  readonly #settlement: BatchSettlement<T>;
  readonly #circuit = new Circuit();
  readonly #retries = new Retries<T>();
  #settings: TargetSettings;
  #rate: RateLimit | null;
  readonly #sending = new Set<Attempt<T>>();
  #sendingEvents = 0;
  #order = 0;
  #idle: (() => void)[] = [];
  #isFlushing = false;
  #isFinishing = false;
  #isClosed = false;
  #isPlanned = false;
  /** When the oldest of what waits came, or would have come, had there been room for it, by `elapsed`. */
  #waitingSince: number | null = null;
  #cancelTimer: Cancel = () => {};

  constructor(settings: TargetSettings, options: SenderOptions<T>) {
    this.#options = options;
    this.#store = options.store;
    this.#settlement = new BatchSettlement(options);
    this.#settings = settings;
    this.#rate = settings.rate === null ? null : new RateLimit(settings.rate);
  }

  get isCircuitOpen(): boolean {
    return this.#circuit.isOpen;
  }

  /** When the oldest item came that is under way or waits for another try, by `elapsed`; null when there is none. */
  get oldest(): number | null {
    const [sending] = this.#sending; // they began in their order, but for retries
    const born = Math.min(sending?.batch.born ?? Infinity, this.#retries.born);
    return born === Infinity ? null : born;
  }

  set settings(settings: TargetSettings) {
    const { rate } = settings;
    if (rate?.n !== this.#settings.rate?.n || rate?.seconds !== this.#settings.rate?.seconds)
      this.#rate = rate === null ? null : new RateLimit(rate);
    this.#settings = settings;
    this.plan();
  }

  /** Looks for something to send at the end of this turn: what else comes in it belongs to the same batch. */
  plan(): void {
    if (this.#options.isUrgent?.() === true) return this.#pump();
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#pump();
    });
  }

  /** Sends what waits without waiting for full batches; resolves when nothing is held any more. */
  flush(): Promise<void> {
    if (this.#isDone) return Promise.resolve();
    this.#isFlushing = true;
    this.plan();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** As `flush`, at a stop: a target that fails is not waited for when what it holds outlives the process. */
  finish(): Promise<void> {
    this.#isFinishing = true;
    return this.flush();
  }

  get #isDone(): boolean {
    const { heldItems, isKept } = this.#store;
    return heldItems === 0 || (this.#isFinishing && isKept && this.#circuit.failures > 0);
  }

  /** Gives up the oldest item that failed and waits for its next try; null when there is none. */
  dropOldest(): GivenItem<T> | null {
    const oldest = this.#retries.takeOldest();
    const [item, share] = [oldest?.items[0], oldest?.shares[0]];
    if (oldest === null || item === undefined || share === undefined) return null;
    this.#store.settle(oldest);
    return { giver: share.giver, item };
  }

  /** Gives up what failed, waits for its next try and is from one of these. */
  dropRetries(isMeant: (lease: Lease) => boolean): GivenItems<T>[] {
    const batches = this.#retries.takeFrom(isMeant);
    for (const batch of batches) this.#store.settle(batch);
    return batches.flatMap((batch) => [...partsOf(batch)]);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  #pump(): void {
    if (this.#isClosed) return;
    const limit = this.#circuit.isOpen ? 1 : this.#settings.concurrency;
    while (this.#sending.size < limit) {
      const attempt = this.#next();
      if (attempt === null) break;
      this.#send(attempt);
    }
    if (!this.#isDone) return;
    this.#isFlushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What is to be sent now, without what has become stale while it waited. */
  #next(): Attempt<T> | null {
    for (let due = this.#due(); due !== null; due = this.#due()) {
      if (this.#settings.isForPeople !== true) return due;
      const batch = this.#settlement.merge(due.batch);
      if (batch !== null) return { ...due, batch };
      this.#options.freed();
    }
    return null;
  }

  /** What is due. When nothing is yet, the timer is set for when something will be. */
  #due(): Attempt<T> | null {
    const { clock } = this.#options.scope;
    const now = clock.elapsed();
    const retry = this.#retries.first;
    const wait = Math.max(this.#waitFor(retry, now), (this.#rate?.freeAt(now) ?? now) - now);
    if (wait > 0) {
      this.#cancelTimer();
      if (wait < Number.POSITIVE_INFINITY) this.#cancelTimer = clock.after(wait, () => this.#pump());
      return null;
    }
    if (retry !== undefined && retry.due <= now) return this.#retries.shift() ?? this.#due();
    const free = this.#freeEvents;
    if (free <= 0) return null; // there is more when a write is over
    const { events, bytes } = this.#settings.batch;
    const share = this.#shareOf(now) ?? events;
    const batch = this.#store.take({ events: Math.min(share, free), bytes });
    if (batch === null) return null;
    this.#waitingSince = null;
    this.#order += batch.items.length;
    return { batch, order: this.#order - batch.items.length, tries: 0, begun: 0, due: now };
  }

  /** How many items the rate lets the next write have; undefined when there is none. */
  #shareOf(now: number): number | undefined {
    if (this.#rate === null) return undefined;
    return this.#settings.isSingle === true ? 1 : this.#rate.share(this.#store.waitingItems, now);
  }

  /** Seconds until the next batch may be sent, not above 0 when it may be now; infinity when there is none. */
  #waitFor(retry: Attempt<T> | undefined, now: number): number {
    const again = retry === undefined ? Number.POSITIVE_INFINITY : retry.due - now;
    if (retry !== undefined && (this.#settings.isOrdered || this.#circuit.isOpen)) return again;
    const { events, bytes, seconds } = this.#settings.batch;
    const { born, waitingEvents, waitingBytes } = this.#store;
    const isFull = waitingEvents >= events || waitingBytes >= bytes;
    if (born === null) return again;
    this.#waitingSince = Math.min(this.#waitingSince ?? born, born);
    return Math.min(isFull || this.#isFlushing ? 0 : this.#waitingSince + seconds - now, again);
  }

  /**
   * How many more events may be under way. Those are in nobody's way to be dropped: where the newest are wanted, they take
   * half of the room, however long their writes hang. A message to people is one, whatever it tells of.
   */
  get #freeEvents(): number {
    const { onFull, maxEvents, isForPeople } = this.#settings;
    if (onFull !== "drop-oldest" || isForPeople === true) return Number.POSITIVE_INFINITY;
    return Math.ceil(maxEvents / 2) - this.#sendingEvents;
  }

  #send(attempt: Attempt<T>): void {
    const { scope, counts, freed } = this.#options;
    const { clock } = scope;
    const begun = clock.elapsed();
    const abort = new AbortController();
    let isOver = false;
    const over = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      if (this.#isClosed) return; // what is still held stays pending in the books
      this.#sending.delete(attempt);
      this.#sendingEvents -= attempt.batch.events;
      counts.seconds.add(clock.elapsed() - begun);
      settle();
      freed();
      this.#pump();
    };
    const cancel = clock.after(this.#settings.timeout, () => {
      abort.abort();
      const late = new DeliveryFailure("retry", `no answer within ${this.#settings.timeout} s`);
      over(() => this.#failed(attempt, late));
    });
    this.#sending.add(attempt);
    this.#sendingEvents += attempt.batch.events;
    this.#rate?.spend(begun, this.#settings.isSingle === true ? attempt.batch.events : 1);
    attempt.tries++;
    attempt.begun = begun;
    if (attempt.tries > 1) counts.retries++;
    this.#write(attempt.batch, abort.signal).then(
      () => over(() => this.#succeeded(attempt)),
      (thrown: unknown) => over(() => this.#failed(attempt, this.#failureOf(thrown))),
    );
  }

  async #write({ items, shares }: Batch<T>, signal: AbortSignal): Promise<void> {
    await this.#options.writer.write(items, signal, shares);
  }

  #failureOf(thrown: unknown): DeliveryFailure {
    try {
      return failureOf(thrown, (error) => this.#options.writer.judge?.(error));
    } catch (judgement) {
      return failureOf(judgement, () => "failed");
    }
  }

  #succeeded({ batch }: Attempt<T>): void {
    this.#settlement.delivered(batch);
    this.#answered();
  }

  #answered(): void {
    this.#circuit.succeeded();
    this.#options.trouble.answered();
  }

  #failed(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const { batch } = attempt;
    if (failure.isPartial) return this.#partly(attempt, failure);
    if (failure.verdict === "retry") return this.#again(attempt, failure);
    this.#answered();
    if (failure.verdict === "refused" && batch.items.length > 1) this.#halve(attempt);
    else this.#settlement.gaveUp(batch, failure.verdict, failure);
  }

  #halve({ batch, order }: Attempt<T>): void {
    const due = this.#options.scope.clock.elapsed();
    for (const half of halve(batch)) {
      this.#retries.add({ batch: half, order, tries: 0, begun: 0, due });
      order += half.items.length;
    }
  }

  #partly(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const [rejected, again] = [new Set(failure.rejected), new Set(failure.again)];
    const { batch } = attempt;
    const refused = select(batch, (index) => rejected.has(index));
    const repeated = select(batch, (index) => again.has(index) && !rejected.has(index));
    const taken = select(batch, (index) => !rejected.has(index) && !again.has(index));
    if (taken !== null) this.#settlement.delivered(taken);
    if (refused !== null) this.#settlement.gaveUp(refused, "refused", failure);
    if (repeated === null) this.#answered();
    else this.#again({ ...attempt, batch: repeated }, failure);
  }

  #again(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const { scope, trouble } = this.#options;
    const { clock, random } = scope;
    this.#circuit.failed();
    trouble.failed(failure, attempt.begun);
    const now = clock.elapsed();
    const left = attempt.batch.born + this.#settings.retryFor - now;
    if (left <= 0) return this.#settlement.gaveUp(attempt.batch, "failed", failure);
    if (attempt.tries >= failure.maxTries) return this.#settlement.gaveUp(attempt.batch, "refused", failure);
    const pause = Math.max(backoff(this.#circuit.failures, random()), failure.retryAfter);
    this.#retries.add({ ...attempt, due: now + Math.min(pause, left) });
  }
}
