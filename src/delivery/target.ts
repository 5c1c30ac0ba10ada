import type { Cancel } from "../core/clock.ts";
import type { EventOrList } from "../core/event.ts";
import { Queue } from "../core/queue.ts";
import type { DropReason } from "../core/stage.ts";
import type { Giver, TargetPort, TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import { Episode } from "../core/trouble-episode.ts";
import { Backlog } from "./backlog.ts";
import { backoff } from "./backoff.ts";
import { type Batch, halve, select, settleDelivered, settleDropped } from "./batch.ts";
import { Circuit } from "./circuit.ts";
import { DeliveryFailure, failureOf } from "./failure.ts";
import { RateLimit } from "./rate-limit.ts";
import { newTargetCounts, type TargetCounts, type TargetReport } from "./report.ts";

/** One batch on its way. */
interface Attempt<T> {
  readonly batch: Batch<T>;
  /** The number of its first item, of all that were sent. */
  readonly order: number;
  tries: number;
  /** Not to be sent before. */
  due: number;
}

/** Who waits for room. */
interface Waiter {
  readonly events: number;
  readonly bytes: number;
  readonly resolve: () => void;
}

/** A failure that lasts this long is an outage, which people are told of. */
const OUTAGE_SECONDS = 10;

/**
 * The queue of one target and the one who sends from it.
 *
 * waiting: items wait for a full batch, for its time or for the writer. sending: up to `concurrency` writes are under
 * way. Failed writes wait for their next try; with the circuit open one write at a time is tried. closed: the writer is
 * freed. It outlives the pipelines that feed it.
 */
export class Target<T> implements TargetPort<T> {
  readonly name: string;
  readonly counts: TargetCounts = newTargetCounts();
  readonly #scope: TargetScope;
  readonly #writer: TargetWriter<T>;
  readonly #backlog = new Backlog<T>();
  readonly #circuit = new Circuit();
  readonly #episode = new Episode();
  readonly #sending = new Set<Attempt<T>>();
  /** Batches that failed, in their order. */
  #retries: Attempt<T>[] = [];
  #settings: TargetSettings;
  #rate: RateLimit | null;
  readonly #waiters = new Queue<Waiter>();
  /** What was promised to those who waited and is not held yet. */
  readonly #reserved = { events: 0, bytes: 0 };
  #idle: (() => void)[] = [];
  /** What is in `#sending` and `#retries`. */
  #out = { items: 0, events: 0, bytes: 0 };
  #order = 0;
  #isFlushing = false;
  #isClosed = false;
  #isPlanned = false;
  #cancelTimer: Cancel = () => {};
  #cancelOutage: Cancel = () => {};
  #isOutage = false;

  constructor(name: string, writer: TargetWriter<T>, settings: TargetSettings, scope: TargetScope) {
    this.name = name;
    this.#writer = writer;
    this.#settings = settings;
    this.#scope = scope;
    this.#rate = settings.rate === null ? null : new RateLimit(settings.rate);
  }

  /** Items that are neither delivered nor given up. */
  get held(): number {
    return this.#backlog.items + this.#out.items;
  }

  get report(): TargetReport {
    const { taken, delivered, deliveredEvents, dropped, retries, lastSuccess } = this.counts;
    const circuit = this.#circuit.isOpen ? "open" : "closed";
    return {
      ...{ target: this.name, taken, delivered, deliveredEvents, dropped: { ...dropped }, retries, lastSuccess },
      ...{ pending: this.held, circuit, batchSizes: this.counts.batchSizes.copy, seconds: this.counts.seconds.copy },
    };
  }

  /** Other options for the same queue. */
  set settings(settings: TargetSettings) {
    const { rate } = settings;
    if (rate?.n !== this.#settings.rate?.n || rate?.seconds !== this.#settings.rate?.seconds)
      this.#rate = rate === null ? null : new RateLimit(rate);
    this.#settings = settings;
    this.#plan();
  }

  offer(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> | null {
    while (this.#isFull(events, bytes)) {
      if (this.#settings.onFull === "wait") return this.#enter(giver, item, events, bytes, value);
      const oldest = this.#settings.onFull === "drop-oldest" ? this.#backlog.dropOldest() : null;
      if (oldest === null) {
        this.counts.taken++;
        giver.taken(1);
      }
      const given = oldest ?? { giver, item };
      given.giver.dropped([given.item], "overflow", "");
      this.#count(1, "overflow", "the target is too slow: events are dropped");
      if (oldest !== null) continue;
      giver.pass(value);
      return null;
    }
    this.#hold(giver, item, events, bytes);
    giver.pass(value);
    return null;
  }

  /** Sends what waits without waiting for full batches; resolves when nothing is held any more. */
  flush(): Promise<void> {
    if (this.held === 0) return Promise.resolve();
    this.#isFlushing = true;
    this.#plan();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Frees the writer. What is still held stays counted as pending. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#cancelOutage();
    this.#episode.end(this.#scope, "the trouble lasted until the target was closed");
    this.#writer.close?.();
  }

  /**
   * The engine hears of the end of a wait between `before` and `after`, with nothing else in between: it counts the event
   * as handled, so that it has to be held; or the giver's run has ended before, and the event was lost with it.
   */
  #enter(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> {
    let isLost = true;
    const place = new Promise<void>((resolve) => this.#waiters.push({ events, bytes, resolve }));
    const passed = place.then(() => {
      if (!giver.isEnded) giver.pass(value);
    });
    const before = (): void => {
      isLost = giver.isEnded;
    };
    const after = (): void => {
      this.#reserved.events -= events;
      this.#reserved.bytes -= bytes;
      if (isLost) this.#admit();
      else this.#hold(giver, item, events, bytes);
    };
    passed.then(before, before);
    queueMicrotask(() => passed.then(after, after));
    return passed;
  }

  /** Room is promised to those who wait for some, first come, first served. */
  #admit(): void {
    for (let next = this.#waiters.first; next !== undefined; next = this.#waiters.first) {
      if (this.#isFull(next.events, next.bytes)) return;
      this.#waiters.shift();
      this.#reserved.events += next.events;
      this.#reserved.bytes += next.bytes;
      next.resolve();
    }
  }

  #hold(giver: Giver<T>, item: T, events: number, bytes: number): void {
    this.counts.taken++;
    giver.taken(1);
    this.#backlog.push(giver, item, events, bytes, this.#scope.clock.now());
    this.#plan();
  }

  /** An item that is larger than the bound is taken when it is the only one. */
  #isFull(events: number, bytes: number): boolean {
    const held = this.#backlog.events + this.#out.events + this.#reserved.events;
    if (held === 0) return false;
    const { maxEvents, maxBytes } = this.#settings;
    return held + events > maxEvents || this.#backlog.bytes + this.#out.bytes + this.#reserved.bytes + bytes > maxBytes;
  }

  /** Adds up what is on its way. */
  #tally(): void {
    const out = { items: 0, events: 0, bytes: 0 };
    for (const batches of [this.#sending, this.#retries])
      for (const { batch } of batches) {
        out.items += batch.items.length;
        out.events += batch.events;
        out.bytes += batch.bytes;
      }
    this.#out = out;
  }

  /** What else comes in this turn belongs to the same batch. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isClosed) return;
    const limit = this.#circuit.isOpen ? 1 : this.#settings.concurrency;
    while (this.#sending.size < limit) {
      const attempt = this.#next();
      if (attempt === null) break;
      this.#send(attempt);
    }
    if (this.held > 0) return;
    this.#isFlushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What is to be sent now. When there is nothing yet, the timer is set for when there is. */
  #next(): Attempt<T> | null {
    const now = this.#scope.clock.now();
    const [retry] = this.#retries;
    const due = Math.max(this.#dueAt(retry, now), this.#rate?.freeAt(now) ?? 0);
    if (due > now) {
      this.#cancelTimer();
      if (due < Number.POSITIVE_INFINITY) this.#cancelTimer = this.#scope.clock.after(due - now, () => this.#pump());
      return null;
    }
    if (retry !== undefined && retry.due <= now) return this.#retries.shift() ?? null;
    const { events, bytes } = this.#settings.batch;
    const batch = this.#backlog.take({ events: this.#rate?.share(this.#backlog.items, now) ?? events, bytes });
    if (batch === null) return null;
    this.#order += batch.items.length;
    return { batch, order: this.#order - batch.items.length, tries: 0, due: now };
  }

  /** When the next batch may be sent; infinity when there is none. */
  #dueAt(retry: Attempt<T> | undefined, now: number): number {
    const isHeldBack = retry !== undefined && (this.#settings.isOrdered || this.#circuit.isOpen);
    if (isHeldBack) return retry.due;
    const { events, bytes, seconds } = this.#settings.batch;
    const { born } = this.#backlog;
    const isFull = this.#backlog.events >= events || this.#backlog.bytes >= bytes;
    const fresh = born === null ? Number.POSITIVE_INFINITY : isFull || this.#isFlushing ? now : born + seconds;
    return Math.min(fresh, retry?.due ?? Number.POSITIVE_INFINITY);
  }

  #send(attempt: Attempt<T>): void {
    const { clock } = this.#scope;
    const begun = clock.now();
    const abort = new AbortController();
    let isOver = false;
    const over = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      if (this.#isClosed) return; // what is still held stays pending in the books
      this.#sending.delete(attempt);
      this.counts.seconds.add(Math.max(0, clock.now() - begun));
      settle();
      this.#tally();
      this.#admit();
      this.#pump();
    };
    const cancel = clock.after(this.#settings.timeout, () => {
      abort.abort();
      const late = new DeliveryFailure("retry", `no answer within ${this.#settings.timeout} s`);
      over(() => this.#failed(attempt, late));
    });
    this.#sending.add(attempt);
    this.#tally();
    this.#rate?.spend(begun);
    attempt.tries++;
    if (attempt.tries > 1) this.counts.retries++;
    this.#write(attempt.batch, abort.signal).then(
      () => over(() => this.#succeeded(attempt.batch)),
      (thrown: unknown) => over(() => this.#failed(attempt, this.#failureOf(thrown))),
    );
  }

  async #write({ items }: Batch<T>, signal: AbortSignal): Promise<void> {
    await this.#writer.write(items, signal);
  }

  #failureOf(thrown: unknown): DeliveryFailure {
    try {
      return failureOf(thrown, (error) => this.#writer.judge?.(error) ?? "failed");
    } catch (judgement) {
      return failureOf(judgement, () => "failed");
    }
  }

  #succeeded(batch: Batch<T>): void {
    this.#delivered(batch);
    this.#recovered();
  }

  #delivered(batch: Batch<T>): void {
    this.counts.delivered += batch.items.length;
    this.counts.deliveredEvents += batch.events;
    this.counts.batchSizes.add(batch.events);
    settleDelivered(batch);
  }

  /** The target answers: it is up, whatever it thinks of the items. */
  #recovered(): void {
    this.counts.lastSuccess = this.#scope.clock.now();
    this.#circuit.succeeded();
    this.#cancelOutage();
    this.#episode.success(this.#scope);
    if (!this.#isOutage) return;
    this.#isOutage = false;
    const { log } = this.#scope;
    log.info("target takes events again", { target: this.name, waiting: this.held });
    this.#scope.outage(this.name, "ok", `${this.name} takes events again, ${this.held} wait for it`);
  }

  #failed(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const { batch } = attempt;
    if (failure.isPartial) return this.#partly(attempt, failure);
    if (failure.verdict === "retry") return this.#again(attempt, failure);
    this.#recovered();
    if (failure.verdict === "refused" && batch.items.length > 1) {
      const now = this.#scope.clock.now();
      let { order } = attempt;
      for (const half of halve(batch)) {
        this.#retry({ batch: half, order, tries: 0, due: now });
        order += half.items.length;
      }
    } else this.#giveUp(batch, failure.verdict, failure);
  }

  #partly(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const [rejected, again] = [new Set(failure.rejected), new Set(failure.again)];
    const { batch } = attempt;
    const refused = select(batch, (index) => rejected.has(index));
    const repeated = select(batch, (index) => again.has(index) && !rejected.has(index));
    const taken = select(batch, (index) => !rejected.has(index) && !again.has(index));
    if (taken !== null) this.#delivered(taken);
    if (refused !== null) this.#giveUp(refused, "refused", failure);
    if (repeated === null) this.#recovered();
    else this.#again({ ...attempt, batch: repeated }, failure);
  }

  #again(attempt: Attempt<T>, failure: DeliveryFailure): void {
    const { clock, random } = this.#scope;
    const now = clock.now();
    this.#circuit.failed();
    if (!this.#isOutage && this.#circuit.failures === 1)
      this.#cancelOutage = clock.after(OUTAGE_SECONDS, () => this.#beginOutage(failure));
    this.#episode.trouble(this.#scope, 0, "the target does not answer: trying again", this.#fields(failure));
    if (now - attempt.batch.born >= this.#settings.retryFor) return this.#giveUp(attempt.batch, "failed", failure);
    if (attempt.tries >= failure.maxTries) return this.#giveUp(attempt.batch, "refused", failure);
    const pause = Math.max(backoff(this.#circuit.failures, random()), failure.retryAfter);
    this.#retry({ ...attempt, due: now + pause });
  }

  /** Behind those that were sent before it. */
  #retry(attempt: Attempt<T>): void {
    const at = this.#retries.findIndex(({ order }) => order > attempt.order);
    this.#retries.splice(at < 0 ? this.#retries.length : at, 0, attempt);
  }

  #beginOutage(failure: DeliveryFailure): void {
    this.#isOutage = true;
    const waiting = this.held;
    this.#scope.log.warn("target takes no events, they wait", { ...this.#fields(failure), waiting });
    this.#scope.outage(this.name, "critical", `${this.name} takes no events, ${waiting} wait: ${failure.message}`);
  }

  #giveUp(batch: Batch<T>, reason: "refused" | "failed", failure: DeliveryFailure): void {
    settleDropped(batch, reason, failure.answer === "" ? failure.message : failure.answer);
    this.#count(batch.items.length, reason, "the target did not take the events", this.#fields(failure));
  }

  #count(items: number, reason: DropReason, message: string, fields: Record<string, unknown> = {}): void {
    this.counts.dropped[reason] += items;
    this.#episode.trouble(this.#scope, items, message, { target: this.name, ...fields });
  }

  #fields(failure: DeliveryFailure): Record<string, unknown> {
    const { message, answer } = failure;
    return { target: this.name, error: message, ...(answer !== "" && { answer }) };
  }
}
