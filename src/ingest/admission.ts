import { type Cancel, type Clock, monotonic } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Intake, Ticket } from "./intake.ts";
import { PartialFrames } from "./partial-frames.ts";
import { type Readable, ReadScheduler } from "./read-scheduler.ts";
import { RefusalLog } from "./refusal-log.ts";
import { SpareMemory } from "./spare-memory.ts";

/** With this many events checked, they are flushed before the turn's other sockets are read. */
const BATCH_EVENTS = 1024;
/** No answer is held back longer: clients resend or give up after about 5 s. */
const MAX_HOLD_SECONDS = 2;
/** Maximum bytes kept of unfinished frames, all connections together: four of the longest, and at least 64 MiB. */
const MAX_LONGEST_FRAMES = 4;
const MIN_BUDGET_BYTES = 64 * 1024 * 1024;
/** Of that, what may be kept that was read while pipelines cannot take more; beyond it no connection is read. */
const STASH_SHARE = 1 / 8;

/** A connection of any door. */
export interface AdmittedConnection extends Readable {
  readonly isClosed: boolean;
  /** Bytes that were read and not dealt with yet. */
  readonly stashedBytes: number;
  /** Deals with the bytes of one read. */
  read(bytes: Buffer, length: number): void;
  /** Bytes [start, end) were read that cannot be dealt with yet: they are kept as a copy. */
  stash(bytes: Buffer, start: number, end: number): void;
  /** Handles what was stashed. */
  unstash(): void;
  /** What it owes answers for has been flushed, and is in once the ticket is confirmed. */
  flushed(ticket: Ticket): void;
  /** More tickets are confirmed. Returns whether it still waits for one. */
  confirmed(): boolean;
  pause(): void;
  /** Reads on. */
  resume(): void;
}

export interface AdmissionOptions {
  readonly intake: Intake;
  /** Longest message, bytes. */
  readonly maxFrame: number;
  /** Connections of all doors together. */
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Decides for all doors together which connections are read, wait, or are refused.
 *
 * open: what is read is dealt with. holding: pipelines cannot take more; what was read is stashed, and who was read
 * from rests. refusing: that took longer than two seconds, and messages are answered with `refusal` until there is
 * room. stopped: all are refused, for good.
 */
export class Admission {
  readonly intake: Intake;
  /** What messages are answered with instead of being taken; null when all is well. */
  refusal: string | null = null;
  readonly partialFrames: PartialFrames;
  /** Where what is stashed, and long unfinished frames, have their memory from. */
  readonly spare = new SpareMemory();
  readonly refusals: RefusalLog;
  readonly #options: AdmissionOptions;
  readonly #scheduler: ReadScheduler<AdmittedConnection>;
  readonly #connections = new Set<AdmittedConnection>();
  #entered = 0;
  #areTooMany = false;
  /** Those that owe answers for messages that are not flushed yet. */
  readonly #owing: AdmittedConnection[] = [];
  /** Those whose answers wait for a ticket. */
  readonly #unconfirmed = new Set<AdmittedConnection>();
  readonly #maxStashedBytes: number;
  #stashed: AdmittedConnection[] = [];
  #stashedBytes = 0;
  #areAllPaused = false;
  #isHolding = false;
  #cancelHold: Cancel = () => {};
  #isStopped = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.intake = options.intake;
    this.refusals = new RefusalLog(options.clock, options.log);
    const maxBytes = Math.max(MIN_BUDGET_BYTES, MAX_LONGEST_FRAMES * options.maxFrame);
    this.#maxStashedBytes = maxBytes * STASH_SHARE;
    const isPaused = (): boolean => this.#isHolding || this.#areAllPaused;
    this.partialFrames = new PartialFrames({ maxBytes, clock: options.clock, isPaused });
    this.#scheduler = new ReadScheduler(
      () => this.#settle(),
      () => this.#isHolding,
      (connection) => this.#goOn(connection),
    );
    this.intake.subscribe({
      released: () => this.#released(),
      confirmed: () => this.#confirmed(),
    });
  }

  /** Whether a door that never makes its senders wait has to drop messages. */
  get mustDrop(): boolean {
    return this.refusal !== null || this.intake.isHeld;
  }

  /** A client has come to one of the doors. False when there are too many: it is to be closed. */
  enter(): boolean {
    const { maxConnections, log } = this.#options;
    if (this.#entered < maxConnections) {
      this.#entered++;
      return true;
    }
    if (!this.#areTooMany) log.warn("too many connections, new ones are closed", { max_connections: maxConnections });
    this.#areTooMany = true;
    return false;
  }

  /** A client that had entered has gone. */
  exit(): void {
    this.#entered--;
    if (this.#entered < this.#options.maxConnections * 0.9) this.#areTooMany = false;
  }

  /** A client that had entered can be read from. */
  join(connection: AdmittedConnection): void {
    this.#connections.add(connection);
    if (this.#areAllPaused) connection.pause();
  }

  leave(connection: AdmittedConnection): void {
    this.#connections.delete(connection);
    this.#unconfirmed.delete(connection);
  }

  /** A connection was read from. Returns whether to read on at once; otherwise it is resumed when its turn comes. */
  received(connection: AdmittedConnection, bytes: Buffer, length: number): boolean {
    if (connection.isClosed) return true; // lingering: read and thrown away
    if (this.#mustWait) {
      connection.stash(bytes, 0, length);
      this.#wait(connection);
      return false;
    }
    const begun = monotonic();
    connection.read(bytes, length);
    this.#scheduler.took(monotonic() - begun, 1);
    // A read that fills its memory rests in any case: libuv would go on with this socket, up to 32 times.
    if (!connection.canGoOn || length === bytes.length || !this.#scheduler.hasTime) return this.#after(connection);
    this.appended();
    return true;
  }

  /** The connection can go on when its turn comes: it has been answered, or its client has read what it was sent. */
  add(connection: AdmittedConnection): void {
    this.#scheduler.add(connection);
  }

  /** At the end of the turn the connection gets the ticket of what it has appended. */
  owe(connection: AdmittedConnection): void {
    this.#owing.push(connection);
  }

  /** The connection waits for a ticket that is not confirmed yet. */
  await(connection: AdmittedConnection): void {
    this.#unconfirmed.add(connection);
  }

  /** Something was appended by a door without connections: it is flushed at the end of the turn, or now when it is much. */
  appended(): void {
    if (this.intake.pending >= BATCH_EVENTS) this.#settle();
    this.#scheduler.plan();
  }

  /** Takes no more in: what is not handled yet is refused with the reason. */
  stop(reason: string): void {
    this.#settle();
    this.#cancelHold();
    this.#isStopped = true;
    this.refusals.stop();
    this.refusal = reason;
  }

  /**
   * Flushes what was appended, for all sockets of this turn at once, as pipelines work best on many events (x 1.4 with
   * one event a message, 4 × 4).
   */
  #settle(): void {
    const begun = monotonic();
    const ticket = this.intake.flush();
    for (const connection of this.#owing) connection.flushed(ticket);
    this.#owing.length = 0;
    this.#scheduler.took(monotonic() - begun, 0);
  }

  #confirmed(): void {
    for (const connection of this.#unconfirmed) if (!connection.confirmed()) this.#unconfirmed.delete(connection);
  }

  /** After a read: whether to read on from the connection at once. It waits its turn, unless it only lingers. */
  #after(connection: AdmittedConnection): boolean {
    if (this.intake.pending >= BATCH_EVENTS) this.#settle();
    if (connection.isClosed) return true;
    this.#scheduler.add(connection);
    return false;
  }

  /** A connection's turn: it deals with what it keeps, or reads. */
  #goOn(connection: AdmittedConnection): void {
    if (connection.stashedBytes === 0) {
      connection.resume();
    } else if (this.#mustWait) {
      this.#wait(connection);
    } else {
      const begun = monotonic();
      connection.unstash();
      this.#scheduler.took(monotonic() - begun, 1);
      this.#after(connection);
    }
  }

  get #mustWait(): boolean {
    return this.intake.isHeld && this.refusal === null;
  }

  /**
   * Pipelines cannot take more. A connection that was read from keeps what it read and rests until they can; once that
   * is too much memory in all, none is read from. After two seconds senders are refused.
   */
  #wait(connection: AdmittedConnection): void {
    this.#stashed.push(connection);
    this.#stashedBytes += connection.stashedBytes;
    if (this.#stashedBytes > this.#maxStashedBytes && !this.#areAllPaused) {
      this.#areAllPaused = true;
      for (const one of this.#connections) one.pause();
    }
    if (this.#isHolding) return;
    this.#isHolding = true;
    const { clock, log } = this.#options;
    this.#cancelHold = clock.after(MAX_HOLD_SECONDS, () => {
      log.warn("pipelines were busy for too long, senders are refused until they have caught up", {
        seconds: MAX_HOLD_SECONDS,
      });
      this.refusal = "overloaded: the pipelines cannot keep up, try again later";
      this.#resume();
    });
  }

  #released(): void {
    if (this.#isStopped) return;
    this.refusal = null;
    if (this.#isHolding) this.#resume();
  }

  /** Those that were read from last wait longest. A connection may stand in the list twice, and ask the second time. */
  #resume(): void {
    this.#cancelHold();
    this.#isHolding = false;
    const stashed = this.#stashed;
    this.#stashed = [];
    this.#stashedBytes = 0;
    for (const connection of stashed) if (connection.canGoOn && connection.stashedBytes > 0) this.#goOn(connection);
    if (this.#areAllPaused && !this.#isHolding) {
      this.#areAllPaused = false;
      for (const connection of this.#connections) this.#scheduler.add(connection);
    }
    this.#scheduler.plan();
  }
}
