import type { Cancel, Clock } from "../core/clock.ts";
import type { Moment } from "../core/journal-clock.ts";
import { coerceError } from "../errors.ts";
import type { Intake, Ticket, TicketFailure } from "../ingest/intake.ts";
import type { InternalIntake } from "../runtime/internal-source.ts";
import type { Entry } from "../state/entry.ts";
import { bareEntry } from "../state/journal-record.ts";
import type { Origin } from "../state/origin.ts";
import { CheckedIntake } from "./checked-intake.ts";
import { FRAMES_AT, type JournalRun, JournalRuns, type RunSource } from "./journal-run.ts";
import type { RingIntake } from "./ring-intake.ts";
import type { RingWriter } from "./ring-writer.ts";

/** Bytes that may wait for the disk. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** While nothing comes in, the clocks of the pipelines go on in steps of this. */
const TICK_SECONDS = 0.1;

/** Where what comes in is written: see `Journal`. */
export interface JournalPort {
  /** What cannot be written is not to be taken in. */
  readonly isStrict: boolean;
  readonly position: number;
  moment(): Moment;
  append(entries: readonly Entry[]): Promise<void>;
  /** As `append`, before it returns; false: it is to be appended so. */
  appendNow(entries: readonly Entry[]): boolean;
  lost(events: number, position: number): void;
}

export interface JournalIntakeOptions {
  readonly journal: JournalPort;
  readonly ring: RingWriter;
  readonly inner: RingIntake;
  readonly clock: Clock;
  /** There is room again. */
  relieved(): void;
}

/**
 * Has what comes in written to the journal, and then gives it to the workers. What comes during one write goes with the
 * next: it is confirmed together.
 */
export class JournalIntake extends CheckedIntake implements InternalIntake {
  confirmed: Ticket = 0;
  failure: TicketFailure | null = null;
  readonly #options: JournalIntakeOptions;
  readonly #runs = new JournalRuns();
  #waiting: JournalRun[] = [];
  /** Of what waits and of what is being written. */
  #bytes = 0;
  #isFull = false;
  #ticket: Ticket = 0;
  /** Of what was appended and not flushed. */
  #isOpen = false;
  #isWriting = false;
  /** Of what the workers got last. */
  #moment: Moment | null = null;
  #hasWritten = false;
  readonly #cancelTicks: Cancel;
  #idle: (() => void)[] = [];

  constructor(options: JournalIntakeOptions) {
    super();
    this.#options = options;
    this.partitions = options.inner.partitions;
    this.#cancelTicks = options.clock.every(TICK_SECONDS, () => this.#tick());
  }

  get isHeld(): boolean {
    if (this.#bytes >= MAX_WAITING_BYTES) this.#isFull = true;
    return this.#isFull || this.#options.inner.isHeld;
  }

  append(...run: Parameters<Intake["append"]>): void {
    this.#add("clients", ...run);
  }

  appendOwn(origin: Origin | null, ...run: Parameters<Intake["append"]>): void {
    this.#add(origin ?? "daemon", ...run);
  }

  #add(source: RunSource, ...run: Parameters<Intake["append"]>): void {
    const [codec, bytes, start, end, , events] = run;
    if (events === 0) return;
    const partitions = this.takePartitions(codec, bytes, start, end, events);
    this.#isOpen = true;
    this.#bytes += end - start;
    this.#options.ring.coming += events;
    if (this.#waiting.at(-1)?.add(source, partitions, ...run) !== true)
      this.#waiting.push(this.#runs.open(source, partitions, ...run));
  }

  flush(): Ticket {
    this.pending = 0;
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#ticket++;
      this.#write();
    }
    return this.#ticket;
  }

  /** Resolves when all that was flushed is with the workers, or refused. */
  settled(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** No more comes. */
  stop(): void {
    this.#cancelTicks();
  }

  #tick(): void {
    const isNeeded = !this.#hasWritten && !this.#isWriting && !this.#options.inner.isHeld;
    this.#hasWritten = false;
    if (isNeeded) void this.#writeGroup([], this.#ticket);
  }

  #write(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    // What was appended and not flushed has no ticket yet: it goes with the next.
    if (this.#isOpen) return;
    this.#hasWritten = true;
    void this.#writeGroup(this.#waiting.splice(0), this.#ticket);
  }

  async #writeGroup(runs: readonly JournalRun[], ticket: Ticket): Promise<void> {
    const { journal } = this.#options;
    const moment = journal.moment();
    const entries = runs.length === 0 ? [bareEntry("tick", 0, moment)] : runs.map((run) => run.entry(moment));
    if (journal.appendNow(entries)) return this.#written(runs, ticket, moment, null);
    this.#isWriting = true;
    const failure = await journal.append(entries).then(
      () => null,
      (thrown) => coerceError(thrown).message,
    );
    this.#isWriting = false;
    this.#written(runs, ticket, moment, failure);
    this.#write();
    if (!this.#isWriting) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** A group is in the journal, or could not be written. */
  #written(runs: readonly JournalRun[], ticket: Ticket, moment: Moment, failure: string | null): void {
    const { journal } = this.#options;
    const isRefused = failure !== null && journal.isStrict;
    const taken = isRefused ? runs.filter(({ source }) => source === "daemon") : runs;
    this.#handOver(taken, moment);
    const { events } = this.#options.ring;
    const sum = runs.reduce((all, run) => all + (run.source === "daemon" ? 0 : run.events), 0);
    if (failure !== null && runs.length > 0) journal.lost(sum, events);
    this.#confirm(ticket, isRefused ? `journal: ${failure}: try again later` : null);
    for (const run of runs) {
      this.#bytes -= run.length;
      this.#options.ring.coming -= run.events;
    }
    this.#runs.free(runs);
    if (!this.#isFull || this.#bytes > MAX_WAITING_BYTES / 2) return;
    this.#isFull = false;
    this.#options.relieved();
  }

  #handOver(runs: readonly JournalRun[], moment: Moment): void {
    const { inner, ring } = this.#options;
    if (moment !== this.#moment) ring.writeTime(moment);
    this.#moment = moment;
    for (const { codec, bytes, end, events, partitions } of runs)
      inner.give(codec, bytes, FRAMES_AT, end, events, partitions);
    inner.flush();
  }

  #confirm(ticket: Ticket, reason: string | null): void {
    if (ticket === this.confirmed) return;
    this.failure = reason === null ? null : { after: this.confirmed, reason };
    this.confirmed = ticket;
    this.listeners.confirmed();
  }
}
