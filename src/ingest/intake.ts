import type { Cancel } from "../core/clock.ts";

/**
 * Stands for everything that was appended until a flush. It is confirmed once `Intake.confirmed` is as large: only then
 * may a sender be told that its message is in.
 */
export type Ticket = number;

/** Tickets that were confirmed although what they stand for was not taken in. */
export interface TicketFailure {
  /** Tickets after this one, up to the last that is confirmed. */
  readonly after: Ticket;
  readonly reason: string;
}

/** A feeder of an intake. */
export interface IntakeListener {
  /** More can be appended again. */
  released(): void;
  /** `confirmed` has grown. */
  confirmed(): void;
}

/** What every door feeds: the threads that host pipelines, or the pipelines of this one. */
export interface Intake {
  /** No more can be appended now; listeners are told when it can again. */
  readonly isHeld: boolean;
  /** How many events were checked and not flushed yet. */
  readonly pending: number;
  /** The last ticket that is confirmed. An intake that has everything as soon as it is flushed stays at 0. */
  readonly confirmed: Ticket;
  /** Which of the tickets that were confirmed last stand for what was refused; null: none. */
  readonly failure: TicketFailure | null;
  subscribe(listener: IntakeListener): Cancel;
  /**
   * Checks one message in [start, end), without the length in front of it.
   *
   * @param codec - The number of its format.
   * @returns -1 when it is malformed, otherwise `events * 2 + query`.
   */
  check(codec: number, bytes: Buffer, start: number, end: number): number;
  /** What was wrong with the message that `check` refused last; it began at `start`: to be read behind "message". */
  problem(codec: number, start: number): string;
  /**
   * Appends the frames in [start, end): whole messages that were checked, all of one format, each with its length in
   * front. The bytes may change afterwards.
   */
  append(codec: number, bytes: Buffer, start: number, end: number, frames: number, events: number): void;
  /** Offers what was appended to every pipeline. */
  flush(): Ticket;
}

/** The listeners of an intake. */
export class IntakeListeners {
  readonly #all = new Set<IntakeListener>();

  add(listener: IntakeListener): Cancel {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  released(): void {
    for (const listener of this.#all) listener.released();
  }

  confirmed(): void {
    for (const listener of this.#all) listener.confirmed();
  }
}
