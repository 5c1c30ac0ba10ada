import type { Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { Intake, Ticket } from "../ingest/intake.ts";
import type { DoorCounts } from "../ingest/report.ts";
import { acks } from "../wire/acks.ts";

/** Maximum unread bytes of answers; a client that leaves more is not read from. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** It may do so this long before it is disconnected. */
const MAX_CHOKE_SECONDS = 60;
/** After the last answer, the time for the client to read it and close; then the connection is cut. */
const LINGER_SECONDS = 2;

interface Reply {
  readonly bytes: Buffer;
  /** How many messages it answers. */
  readonly answers: number;
  readonly ticket: Ticket;
}

export interface ClientAnswersOptions {
  readonly socket: Socket;
  readonly intake: Pick<Intake, "confirmed">;
  readonly counts: Pick<DoorCounts, "acks">;
  readonly clock: Clock;
  /** An answer waits for its ticket: `confirmed` is to be called. */
  readonly onWaiting: () => void;
}

/** What one client is answered, in order, and nothing before its ticket is confirmed. */
export class ClientAnswers {
  /** The client does not read its answers. */
  isChoked = false;
  readonly #options: ClientAnswersOptions;
  #waiting: Reply[] = [];
  #isEnding = false;

  constructor(options: ClientAnswersOptions) {
    this.#options = options;
  }

  /** `count` plain acks, all in one write. */
  acknowledge(count: number, ticket: Ticket): void {
    this.#give(acks(count), count, ticket);
  }

  /** An answer that is no plain ack goes in a write of its own: npm's client misreads it otherwise. */
  send(answer: Buffer, ticket: Ticket): void {
    this.#give(answer, 1, ticket);
  }

  /** Writes the answers whose tickets are now confirmed. Returns whether more waits. */
  confirmed(): boolean {
    let done = 0;
    for (const { bytes, answers, ticket } of this.#waiting) {
      if (ticket > this.#options.intake.confirmed) break;
      this.#write(bytes, answers);
      done++;
    }
    this.#waiting.splice(0, done);
    if (this.#waiting.length > 0) return true;
    if (this.#isEnding) this.#options.socket.end();
    return false;
  }

  /** No more answers come: closes the connection when the client has had time to read them. */
  end(): void {
    const { socket, clock } = this.#options;
    this.#isEnding = true;
    if (this.#waiting.length === 0) socket.end();
    socket.once(
      "close",
      clock.after(LINGER_SECONDS, () => socket.destroy()),
    );
  }

  #give(bytes: Buffer, answers: number, ticket: Ticket): void {
    if (this.#isEnding) return;
    if (this.#waiting.length === 0 && ticket <= this.#options.intake.confirmed) return this.#write(bytes, answers);
    this.#waiting.push({ bytes, answers, ticket });
    this.#options.onWaiting();
  }

  #write(bytes: Buffer, answers: number): void {
    const { socket, counts } = this.#options;
    counts.acks += answers;
    if (socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength > MAX_UNREAD_BYTES) this.#choke();
  }

  /** A client that does not read its answers is not read from, and in the end it is cut off. */
  #choke(): void {
    if (this.isChoked) return;
    this.isChoked = true;
    const { socket, clock } = this.#options;
    const cancel = clock.after(MAX_CHOKE_SECONDS, () => socket.destroy());
    socket.once("drain", cancel);
    socket.once("close", cancel);
  }
}
