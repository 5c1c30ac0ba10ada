import type { Cancel } from "../../src/core/clock.ts";
import {
  type Intake,
  type IntakeListener,
  IntakeListeners,
  type Ticket,
  type TicketFailure,
} from "../../src/ingest/intake.ts";

/** First byte of a Msg's body that makes it a query (as on the wire), or malformed. Any other: an event a byte. */
export const ASKS = 0x2a;
export const BAD = 0xff;

/** Stands where pipelines would: keeps what it is given, says it is held, or confirms later, when told to. */
export class FakeIntake implements Intake {
  isHeld = false;
  pending = 0;
  confirmed: Ticket = 0;
  failure: TicketFailure | null = null;
  /** Tickets are confirmed only by `confirm`. */
  isSlow = false;
  readonly listeners = new IntakeListeners();
  /** The Msgs flushed so far, as text. */
  readonly offered: string[] = [];
  /** How many Msgs each run of frames held. */
  readonly runs: number[] = [];
  #checked: string[] = [];
  #appended: string[] = [];
  #tickets: Ticket = 0;

  subscribe(listener: IntakeListener): Cancel {
    return this.listeners.add(listener);
  }

  check(_codec: number, bytes: Buffer, start: number, end: number): number {
    if (bytes[start] === BAD && start < end) return -1;
    this.#checked.push(bytes.toString("latin1", start, end));
    this.pending += end - start;
    return (end - start) * 2 + (bytes[start] === ASKS && start < end ? 1 : 0);
  }

  problem(): string {
    return "is not Riemann protobuf: bad byte at byte 0";
  }

  append(_codec: number, bytes: Buffer, start: number, end: number, count: number, events: number): void {
    // The range holds exactly the frames that were checked.
    const frames = this.#checked.map(frame);
    if (!Buffer.concat(frames).equals(bytes.subarray(start, end))) throw new Error("range and frames differ");
    const sum = this.#checked.reduce((total, { length }) => total + length, 0);
    if (count !== frames.length || events !== sum) throw new Error(`${count} frames of ${events} events are announced`);
    this.runs.push(count);
    this.#appended.push(...this.#checked);
    this.#checked = [];
  }

  flush(): Ticket {
    if (this.#checked.length > 0) throw new Error("flushed before the run of frames was appended");
    this.offered.push(...this.#appended);
    this.#appended = [];
    this.pending = 0;
    return this.isSlow ? ++this.#tickets : this.confirmed;
  }

  /** There is room again. */
  release(): void {
    this.isHeld = false;
    this.listeners.released();
  }

  /** Everything up to this ticket is in. */
  confirm(ticket = this.#tickets): void {
    this.confirmed = ticket;
    this.listeners.confirmed();
  }
}

/** A frame around a body that is text. */
export function frame(body: string): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.write(body, 4, "latin1");
  return bytes;
}
