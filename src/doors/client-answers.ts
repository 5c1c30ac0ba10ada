import type { Socket } from "node:net";
import type { AdmittedConnection } from "../ingest/admission.ts";
import type { Ticket } from "../ingest/intake.ts";
import { acks } from "../wire/acks.ts";
import { encodeFrame } from "../wire/codec.ts";
import type { DoorContext } from "./door-context.ts";

/** Maximum unread bytes of answers; a client that leaves more is not read from. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** It may do so this long before it is disconnected. */
const MAX_CHOKE_SECONDS = 60;
/** After the last answer, the time for the client to read it and close; then the connection is cut. */
const LINGER_SECONDS = 2;

/** Whose answers they are. */
interface AnsweredConnection extends AdmittedConnection {
  /** Messages that were taken could not be taken in after all. */
  refused(messages: number, reason: string): void;
}

interface Reply {
  /** Null: acks. */
  readonly bytes: Buffer | null;
  /** How many messages it answers. */
  readonly answers: number;
  readonly ticket: Ticket;
}

/** What one client is answered, in order, and nothing before its ticket is confirmed. */
export class ClientAnswers {
  /** The client does not read its answers. */
  isChoked = false;
  readonly #socket: Socket;
  readonly #context: DoorContext;
  readonly #connection: AnsweredConnection;
  /** Those whose ticket is not confirmed, and those behind them; null when there are none. */
  #waiting: Reply[] | null = null;
  #isEnding = false;

  /** @param connection - Is told when tickets are confirmed, and of what they refuse. */
  constructor(socket: Socket, context: DoorContext, connection: AnsweredConnection) {
    this.#socket = socket;
    this.#context = context;
    this.#connection = connection;
  }

  /** `count` plain acks, all in one write. */
  acknowledge(count: number, ticket: Ticket): void {
    this.#give(null, count, ticket);
  }

  /** An answer that is no plain ack goes in a write of its own: npm's client misreads it otherwise. */
  send(answer: Buffer, ticket: Ticket): void {
    this.#give(answer, 1, ticket);
  }

  /** Writes the answers whose tickets are now confirmed. Returns whether more waits. */
  confirmed(): boolean {
    const waiting = this.#waiting ?? [];
    const { confirmed } = this.#context.admission.intake;
    const still = waiting.findIndex(({ ticket }) => ticket > confirmed);
    const due = still < 0 ? waiting : waiting.slice(0, still);
    this.#waiting = still < 0 ? null : waiting.slice(still);
    for (const reply of due) this.#reply(reply);
    if (this.#waiting === null && this.#isEnding) this.#end();
    return this.#waiting !== null;
  }

  /** No more answers come: once all are out, closes the connection when the client has had time to read them. */
  end(): void {
    this.#isEnding = true;
    if (this.#waiting === null) this.#end();
  }

  #end(): void {
    this.#socket.end();
    this.#cutAfter(LINGER_SECONDS, "close");
  }

  #give(bytes: Buffer | null, answers: number, ticket: Ticket): void {
    if (this.#isEnding) return;
    const { admission } = this.#context;
    if (this.#waiting === null && ticket <= admission.intake.confirmed)
      return this.#write(bytes ?? acks(answers), answers);
    this.#waiting ??= [];
    this.#waiting.push({ bytes, answers, ticket });
    admission.await(this.#connection);
  }

  /** One whose ticket is confirmed: of messages that were not taken in after all, each is refused. */
  #reply({ bytes, answers, ticket }: Reply): void {
    const { failure } = this.#context.admission.intake;
    if (bytes !== null || failure === null || ticket <= failure.after)
      return this.#write(bytes ?? acks(answers), answers);
    const refusal = encodeFrame({ ok: false, error: failure.reason });
    this.#connection.refused(answers, failure.reason);
    for (let left = answers; left > 0; left--) this.#write(refusal, 1);
  }

  #write(bytes: Buffer, answers: number): void {
    this.#context.counts.acks += answers;
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= MAX_UNREAD_BYTES || this.isChoked) return;
    // A client that does not read its answers is not read from, and in the end it is cut off.
    this.isChoked = true;
    this.#socket.pause();
    this.#cutAfter(MAX_CHOKE_SECONDS, "drain", "close");
  }

  /** Cuts the connection unless one of these comes before. */
  #cutAfter(seconds: number, ...events: readonly ("drain" | "close")[]): void {
    const cancel = this.#context.clock.after(seconds, () => this.#socket.destroy());
    const came = (): void => {
      cancel();
      // Also the ones that did not come: a client may be slow again and again.
      for (const event of events) this.#socket.off(event, came);
    };
    for (const event of events) this.#socket.once(event, came);
  }
}
