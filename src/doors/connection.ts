import type { Socket } from "node:net";
import type { Intake } from "../ingest/intake.ts";
import type { PartialFrames, PartialHolder } from "../ingest/partial-frames.ts";
import type { ClientQueries, QueryLimiter } from "../ingest/query-limiter.ts";
import type { Counts } from "../ingest/report.ts";
import { acks } from "../wire/acks.ts";
import { encodeFrame } from "../wire/codec.ts";
import { MALFORMED, QUERY } from "../wire/decode.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { queryText } from "../wire/query.ts";

/** Maximum unread bytes of answers; a client that leaves more is not read from. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** A partial frame gets memory as its bytes arrive; this much at first. */
const FIRST_PARTIAL_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/** What all connections of a transport share. */
export interface Shared {
  readonly intake: Intake;
  readonly counts: Counts;
  readonly maxFrame: number;
  readonly partialFrames: PartialFrames;
  readonly queryLimiter: QueryLimiter;
  /** Those that owe acks for events that are not offered yet. */
  readonly owing: Connection[];
  /** Frames are answered `ok=false` with this, for senders waited too long; null when all is well. */
  refusal: string | null;
  /** The answer to a query that was under way has been given: the connection can go on when its turn comes. */
  onAnswered(connection: Connection): void;
}

/**
 * One client: cuts its bytes into frames, hands them on, answers each in order.
 *
 * reading: a read is dealt with at once. Paused by its owner after each read, while the pipelines cannot take more
 * (`stash` then holds what was read), and while the client does not read its answers.
 * asking: a query is under way. What was read behind it is stashed; its owner reads and unstashes no more.
 * closed: all was answered, what still comes is thrown away.
 */
export class Connection implements PartialHolder {
  readonly socket: Socket;
  /** Not to be read from before the client has read its answers. */
  isChoked = false;
  readonly #shared: Shared;
  #state: "reading" | "asking" | "closed" = "reading";
  /** The frame that has begun to arrive: header and body, as far as they came. */
  #partial = NOTHING;
  #partialLength = 0;
  #stash: Buffer | null = null;
  #clientQueries: ClientQueries | null = null;
  #owed = 0;

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Whether more may be read or unstashed. */
  get canGoOn(): boolean {
    return this.#state === "reading" && !this.isChoked;
  }

  get stashedBytes(): number {
    return this.#stash?.length ?? 0;
  }

  /** Bytes [start, end) were read that cannot be dealt with yet: they are kept as a copy. */
  stash(bytes: Buffer, start: number, end: number): void {
    const copy = Buffer.from(bytes.subarray(start, end));
    this.#stash = this.#stash === null ? copy : Buffer.concat([this.#stash, copy]);
  }

  /** Deals with what was stashed. */
  unstash(): void {
    const stash = this.#stash;
    this.#stash = null;
    if (stash === null) return;
    const rest = this.#deal(stash, stash.length);
    if (rest < stash.length) this.#stash = stash.subarray(rest);
  }

  /** Deals with the bytes of one read. What it owes an ack for is answered when the events have been offered. */
  read(bytes: Buffer, length: number): void {
    const rest = this.#deal(bytes, length);
    if (rest < length) this.stash(bytes, rest, length);
  }

  /** All that was read is dealt with. */
  endQueries(): void {
    this.#clientQueries?.end();
    this.#clientQueries = null;
  }

  /** Returns where the bytes begin that have to wait for the answer to a query; `length` when there are none. */
  #deal(bytes: Buffer, length: number): number {
    let at = 0;
    if (this.#partialLength > 0) at = this.#complete(bytes, length);
    if (this.#state === "reading") at = this.#frames(bytes, at, length);
    if (this.#owed > 0) this.#shared.owing.push(this);
    if (at === length || this.isClosed) return length;
    if (this.#state === "asking") return at;
    this.#begin(bytes, at, length);
    return length;
  }

  /** Takes the whole frames in [from, end). Returns where the first partial one begins. */
  #frames(bytes: Buffer, from: number, end: number): number {
    const { intake, maxFrame, refusal } = this.#shared;
    let begun = from;
    let at = from;
    while (end - at >= HEADER) {
      const length = frameLength(bytes, at);
      if (length > maxFrame) {
        this.#keep(bytes, begun, at);
        this.#oversized(length);
        return at;
      }
      const next = at + HEADER + length;
      if (next > end) break;
      this.#shared.counts.frames++;
      if (refusal !== null) {
        this.#refuse(refusal);
        begun = next;
      } else {
        const verdict = intake.take(bytes, at + HEADER, next);
        if (verdict === MALFORMED) {
          this.#keep(bytes, begun, at);
          this.#undecodable(intake.problem);
          return at;
        }
        if (verdict === QUERY) {
          this.#keep(bytes, begun, next);
          begun = next;
          this.#ask(queryText(bytes, at + HEADER, next));
          if (this.#state === "asking") return next;
        } else {
          this.#owed++;
        }
      }
      at = next;
    }
    this.#keep(bytes, begun, at);
    return at;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    if (end > start) this.#shared.intake.keep(bytes, start, end);
  }

  /** Adds to the partial frame; returns how many of the bytes that took. */
  #complete(bytes: Buffer, length: number): number {
    let at = 0;
    while (this.#partialLength < HEADER && at < length) this.#partial[this.#partialLength++] = bytes[at++] ?? 0;
    if (this.#partialLength < HEADER) return at;
    const need = HEADER + frameLength(this.#partial, 0);
    if (need > this.#shared.maxFrame + HEADER) {
      this.#oversized(need - HEADER);
      return length;
    }
    const more = Math.min(need - this.#partialLength, length - at);
    this.#room(Math.min(need, this.#partialLength + more), need);
    if (this.isClosed) return length;
    bytes.copy(this.#partial, this.#partialLength, at, at + more);
    this.#partialLength += more;
    if (this.#partialLength === need) {
      const frame = this.#partial;
      this.dropPartial();
      this.#frames(frame, 0, need);
    }
    return at + more;
  }

  /** Keeps the beginning of a frame. What its header claims is not believed: memory comes with the bytes. */
  #begin(bytes: Buffer, from: number, length: number): void {
    const have = length - from;
    const need = have >= HEADER ? HEADER + frameLength(bytes, from) : HEADER;
    this.#room(have, Math.max(need, HEADER));
    if (this.isClosed) return;
    bytes.copy(this.#partial, 0, from, length);
    this.#partialLength = have;
  }

  /** Makes the partial frame's memory hold `now` bytes at least, and no more than `need` where that is known. */
  #room(now: number, need: number): void {
    if (this.#partial.length >= now) return;
    const size = Math.min(need, Math.max(now, this.#partial.length * 2, Math.min(need, FIRST_PARTIAL_BYTES)));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#partial.copy(larger, 0, 0, this.#partialLength);
    this.#partial = larger;
    this.#shared.partialFrames.set(this, size);
  }

  /** Forgets the unfinished frame. */
  dropPartial(): void {
    this.#partial = NOTHING;
    this.#partialLength = 0;
    this.#shared.partialFrames.set(this, 0);
  }

  refusePartial(most: number): void {
    this.#shared.counts.refusedFrames++;
    this.#reply(`unfinished messages take more than ${most} bytes: send smaller batches, and whole ones`);
    this.#finish();
    this.socket.destroySoon();
  }

  #oversized(length: number): void {
    this.#shared.counts.oversized++;
    this.#reply(
      `frame of ${length} bytes is longer than the limit of ${this.#shared.maxFrame}: send smaller batches, or raise max-frame`,
    );
    this.#finish();
  }

  #undecodable(problem: string): void {
    this.#shared.counts.decodeErrors++;
    this.#reply(`message is not Riemann protobuf: ${problem}`);
    this.#finish();
  }

  #refuse(reason: string): void {
    this.#shared.counts.refusedFrames++;
    this.#reply(reason);
  }

  /** The answer finds what came before it offered and acknowledged. */
  #ask(query: string): void {
    const { intake, queryLimiter, counts } = this.#shared;
    intake.offer();
    this.answer();
    const clientQueries = this.#clientQueries ?? queryLimiter.open((answer) => this.#answered(answer));
    if (typeof clientQueries !== "string") this.#clientQueries = clientQueries;
    const refusal = typeof clientQueries === "string" ? clientQueries : clientQueries.ask(query);
    if (refusal === null) {
      this.#state = "asking";
      return;
    }
    counts.queries.refused++;
    this.#reply(refusal);
  }

  #answered(answer: Buffer): void {
    this.#state = "reading";
    this.#send(answer);
    this.#shared.onAnswered(this);
  }

  #reply(error: string): void {
    this.#shared.intake.offer();
    this.answer();
    this.#send(encodeFrame({ ok: false, error }));
  }

  /** An answer that is no plain ack goes in a write of its own: npm's client misreads it otherwise. */
  #send(answer: Buffer): void {
    this.#shared.counts.acks++;
    this.#write(answer);
  }

  /** Sends the acks of what was offered, all in one write. */
  answer(): void {
    if (this.#owed === 0) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.#shared.counts.acks += owed;
    this.#write(acks(owed));
  }

  #write(bytes: Buffer): void {
    if (this.isClosed || this.socket.destroyed) return;
    this.socket.write(bytes);
    if (this.socket.writableLength > MAX_UNREAD_BYTES) this.isChoked = true;
  }

  /** Refuses what was read and not dealt with yet, and closes once the answers are out. */
  stop(reason: string): void {
    this.#clientQueries?.refuse(reason);
    this.unstash();
    this.#finish();
  }

  /** The socket has closed, or will once the answers are out. */
  close(): void {
    this.#state = "closed";
    this.#stash = null;
    this.endQueries();
    this.dropPartial();
  }

  #finish(): void {
    this.close();
    this.socket.end();
  }
}
