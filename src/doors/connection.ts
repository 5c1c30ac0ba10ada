import type { Socket } from "node:net";
import type { AdmittedConnection } from "../ingest/admission.ts";
import type { Ticket } from "../ingest/intake.ts";
import type { PartialHolder } from "../ingest/partial-frames.ts";
import type { ClientQueries } from "../ingest/query-limiter.ts";
import { encodeFrame } from "../wire/codec.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { RIEMANN } from "../wire/message-codecs.ts";
import { queryText } from "../wire/query.ts";
import { ClientAnswers } from "./client-answers.ts";
import type { DoorContext } from "./door-context.ts";
import { PartialFrame } from "./partial-frame.ts";
import type { Peer } from "./peer.ts";
import { type RefusalReason, tooLong } from "./refusal.ts";

/**
 * One Riemann client: cuts its bytes into frames, hands them on, answers each in order.
 *
 * reading: a read is dealt with at once. Paused by the admission after each read, while the pipelines cannot take more
 * (`stash` then holds what was read), and while the client does not read its answers.
 * asking: a query is under way. What was read behind it is stashed, and no more is read.
 * closed: all was answered; further bytes are discarded.
 */
export class Connection implements AdmittedConnection, PartialHolder {
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #context: DoorContext;
  readonly #answers: ClientAnswers;
  #state: "reading" | "asking" | "closed" = "reading";
  #partial: PartialFrame | null = null;
  #stash: Buffer | null = null;
  #clientQueries: ClientQueries | null = null;
  /** Messages that are to be acknowledged once they are flushed. */
  #owed = 0;
  /** Of the message with the query that is under way. */
  #ticket: Ticket = 0;

  constructor(socket: Socket, peer: Peer, context: DoorContext) {
    this.#socket = socket;
    this.#peer = peer;
    this.#context = context;
    this.#answers = new ClientAnswers(socket, context, this);
    socket.on("drain", () => this.#unchoke());
    socket.on("end", () => this.#finish()); // the client sends no more, and still reads
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get canGoOn(): boolean {
    return this.#state === "reading" && !this.#answers.isChoked;
  }

  get stashedBytes(): number {
    return this.#stash?.length ?? 0;
  }

  stash(bytes: Buffer, start: number, end: number): void {
    const { spare } = this.#context.admission;
    const before = this.#stash;
    const more = bytes.subarray(start, end);
    this.#stash = spare.copy(before === null ? more : Buffer.concat([before, more]));
    if (before !== null) spare.giveBack(before);
  }

  unstash(): void {
    const stash = this.#stash;
    this.#stash = null;
    if (stash === null) return;
    const rest = this.#deal(stash, stash.length);
    if (rest < stash.length) this.#stash = stash.subarray(rest);
    else this.#context.admission.spare.giveBack(stash);
  }

  read(bytes: Buffer, length: number): void {
    const rest = this.#deal(bytes, length);
    if (rest < length) this.stash(bytes, rest, length);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#endQueries();
    this.#socket.resume();
  }

  flushed(ticket: Ticket): void {
    if (this.#owed === 0) return;
    const owed = this.#owed;
    this.#owed = 0;
    this.#answers.acknowledge(owed, ticket);
  }

  confirmed(): boolean {
    return this.#answers.confirmed();
  }

  /** Refuses what was read and not handled yet, and closes once the answers are written. Resolves when it has closed. */
  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    this.#clientQueries?.refuse(this.#context.admission.refusal ?? "");
    this.unstash();
    this.#finish();
    this.#socket.resume(); // what still comes is read and thrown away: unread bytes would reset the connection
    return closed;
  }

  /** Closes now, whatever is on its way. */
  cut(): void {
    this.#socket.destroy();
  }

  /** The socket has closed, or will once the answers are out. */
  close(): void {
    this.#state = "closed";
    this.#stash = null;
    this.#endQueries();
    this.#dropPartial();
  }

  refusePartial(cause: "full" | "unfinished", reason: string): void {
    if (cause === "full") this.#dismiss("refusedFrames", "message refused", reason);
    else this.#dismiss("unfinished", "unfinished message", reason);
    this.#socket.resume();
  }

  /** Returns where the bytes begin that have to wait for the answer to a query; `length` when there are none. */
  #deal(bytes: Buffer, length: number): number {
    const { admission } = this.#context;
    let at = this.#partial === null ? 0 : this.#complete(this.#partial, bytes, length);
    if (this.#state === "reading") at = this.#frames(bytes, at, length);
    if (this.#owed > 0) admission.owe(this);
    if (at === length || this.isClosed) return length;
    if (this.#state === "asking") return at;
    this.#partial = new PartialFrame(bytes, at, length, admission.spare);
    admission.partialFrames.grown(this, length - at);
    return length;
  }

  /** Takes the whole frames in [from, end). Returns where the first partial one begins. */
  #frames(bytes: Buffer, from: number, end: number): number {
    const { admission, counts, maxFrame } = this.#context;
    const { intake, refusal } = admission;
    let begun = from;
    let at = from;
    let frames = 0;
    let events = 0;
    while (end - at >= HEADER) {
      const length = frameLength(bytes, at);
      if (length > maxFrame) {
        this.#append(bytes, begun, at, frames, events);
        this.#oversized(length);
        return at;
      }
      const next = at + HEADER + length;
      if (next > end) break;
      counts.frames++;
      if (refusal !== null) {
        this.#refuse("refusedFrames", "message refused", refusal);
        begun = next;
        at = next;
        continue;
      }
      const found = intake.check(RIEMANN, bytes, at + HEADER, next);
      if (found < 0) {
        this.#append(bytes, begun, at, frames, events);
        this.#dismiss("decodeErrors", "malformed message", `message ${intake.problem(RIEMANN, at + HEADER)}`);
        return at;
      }
      frames++;
      events += found >> 1;
      if ((found & 1) === 1) {
        this.#append(bytes, begun, next, frames, events);
        begun = next;
        frames = 0;
        events = 0;
        this.#ask(queryText(bytes, at + HEADER, next));
        if (this.#state === "asking") return next;
      } else {
        this.#owed++;
      }
      at = next;
    }
    this.#append(bytes, begun, at, frames, events);
    return at;
  }

  #append(bytes: Buffer, start: number, end: number, frames: number, events: number): void {
    if (frames > 0) this.#context.admission.intake.append(RIEMANN, bytes, start, end, frames, events);
  }

  /** Adds to the partial frame what belongs to it. Returns where the rest begins. */
  #complete(partial: PartialFrame, bytes: Buffer, end: number): number {
    const { admission, maxFrame } = this.#context;
    let at = partial.length < HEADER ? partial.add(bytes, 0, end) : 0;
    if (partial.length >= HEADER) {
      if (partial.need > maxFrame + HEADER) {
        this.#oversized(partial.need - HEADER);
        return end;
      }
      at = partial.add(bytes, at, end);
      if (partial.length === partial.need) {
        this.#dropPartial();
        this.#frames(partial.bytes, 0, partial.length);
        partial.giveBack();
        return at;
      }
    }
    admission.partialFrames.grown(this, partial.length);
    return at;
  }

  /** Forgets the unfinished frame. */
  #dropPartial(): void {
    if (this.#partial === null) return;
    this.#partial = null;
    this.#context.admission.partialFrames.ended(this);
  }

  #oversized(length: number): void {
    this.#dismiss("oversized", "message too long", tooLong(length, this.#context.maxFrame));
  }

  /** Answers with the error, logs the sender, and closes. */
  #dismiss(count: RefusalReason, what: string, reason: string): void {
    this.#refuse(count, what, reason);
    this.#finish();
  }

  refused(messages: number, reason: string, count: RefusalReason = "refusedFrames", what = "message refused"): void {
    const { counts, admission, name } = this.#context;
    counts[count] += messages;
    admission.refusals.tell(name, what, this.#peer.text, reason, messages);
  }

  #refuse(count: RefusalReason, what: string, reason: string): void {
    this.refused(1, reason, count, what);
    this.#reply(reason);
  }

  /** Events before the query are offered and acknowledged first. */
  #ask(query: string): void {
    this.#ticket = this.#flush();
    const refusal = this.#asked(query);
    if (refusal === null) {
      this.#state = "asking";
      return;
    }
    this.#context.queryLimiter.counts.refused++;
    this.#reply(refusal);
  }

  /** Says why the query is not asked, or null. */
  #asked(query: string): string | null {
    const { queryLimiter, allowQueries } = this.#context;
    if (!allowQueries.allows(this.#peer.address)) return "queries are not taken from this address: see --tcp-queries";
    const clientQueries = this.#clientQueries ?? queryLimiter.open((answer) => this.#answered(answer));
    if (typeof clientQueries === "string") return clientQueries;
    this.#clientQueries = clientQueries;
    return clientQueries.ask(query);
  }

  #answered(answer: Buffer): void {
    this.#state = "reading";
    this.#answers.send(answer, this.#ticket);
    this.#context.admission.add(this);
  }

  #endQueries(): void {
    this.#clientQueries?.end();
    this.#clientQueries = null;
  }

  /** What came before is answered before. */
  #reply(error: string): void {
    this.#answers.send(encodeFrame({ ok: false, error }), this.#flush());
  }

  #flush(): Ticket {
    const ticket = this.#context.admission.intake.flush();
    this.flushed(ticket);
    return ticket;
  }

  #unchoke(): void {
    if (!this.#answers.isChoked) return;
    this.#answers.isChoked = false;
    this.#context.admission.add(this);
  }

  #finish(): void {
    if (this.isClosed) return;
    if (this.#owed > 0) this.#flush();
    this.close();
    this.#answers.end();
  }
}
