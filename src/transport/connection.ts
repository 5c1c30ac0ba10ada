import type { Socket } from "node:net";
import { acks } from "../wire/acks.ts";
import { encodeFrame } from "../wire/codec.ts";
import { MALFORMED, QUERY } from "../wire/decode.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import type { Intake } from "./intake.ts";
import type { PartialHolder, Partials } from "./partials.ts";
import type { Counts } from "./report.ts";

/** A client that leaves so many bytes of answers unread is not read from. */
const MOST_UNREAD = 64 * 1024;
/** A partial frame gets memory as its bytes arrive, so many at first. */
const FIRST_PARTIAL = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/** What all connections of a transport share. */
export interface Shared {
  readonly intake: Intake;
  readonly counts: Counts;
  readonly maxFrame: number;
  readonly partials: Partials;
  /** Those that owe acks for events that are not offered yet. */
  readonly owing: Connection[];
  /** Frames are answered `ok=false` with this, for senders waited too long; null when all is well. */
  refusal: string | null;
}

/**
 * One client: cuts its bytes into frames, hands them on, answers each in order.
 *
 * reading: a read is dealt with at once. Paused by its owner after each read, while the pipelines cannot take more
 * (`stash` then holds what was read), and while the client does not read its answers.
 */
export class Connection implements PartialHolder {
  readonly socket: Socket;
  /** Not to be read from before the client has read its answers. */
  isChoked = false;
  isClosed = false;
  readonly #shared: Shared;
  /** The frame that has begun to arrive: header and body, as far as they came. */
  #partial = NOTHING;
  #partialLength = 0;
  #stash: Buffer | null = null;
  #owed = 0;

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
  }

  get stashedBytes(): number {
    return this.#stash?.length ?? 0;
  }

  /** Bytes were read that cannot be dealt with yet: they are kept as a copy. */
  stash(bytes: Buffer, length: number): void {
    const copy = Buffer.from(bytes.subarray(0, length));
    this.#stash = this.#stash === null ? copy : Buffer.concat([this.#stash, copy]);
  }

  /** Deals with what was stashed. */
  unstash(): void {
    const stash = this.#stash;
    this.#stash = null;
    if (stash !== null) this.read(stash, stash.length);
  }

  /** Deals with the bytes of one read. What it owes an ack for is answered when the events have been offered. */
  read(bytes: Buffer, length: number): void {
    let at = 0;
    if (this.#partialLength > 0) at = this.#complete(bytes, length);
    if (!this.isClosed) at = this.#frames(bytes, at, length);
    if (!this.isClosed && at < length) this.#begin(bytes, at, length);
    if (this.#owed > 0) this.#shared.owing.push(this);
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
          this.#shared.counts.queries++;
          this.#reply("no index");
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
    const size = Math.min(need, Math.max(now, this.#partial.length * 2, Math.min(need, FIRST_PARTIAL)));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#partial.copy(larger, 0, 0, this.#partialLength);
    this.#partial = larger;
    this.#shared.partials.set(this, size);
  }

  /** Forgets the unfinished frame. */
  dropPartial(): void {
    this.#partial = NOTHING;
    this.#partialLength = 0;
    this.#shared.partials.set(this, 0);
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

  /** An answer that is no plain ack goes in a write of its own: npm's client misreads it otherwise. */
  #reply(error: string): void {
    this.#shared.intake.offer();
    this.answer();
    this.#shared.counts.acks++;
    this.#write(encodeFrame({ ok: false, error }));
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
    if (this.socket.writableLength > MOST_UNREAD) this.isChoked = true;
  }

  /** Closes once the answers are out. */
  #finish(): void {
    this.isClosed = true;
    this.dropPartial();
    this.socket.end();
  }
}
