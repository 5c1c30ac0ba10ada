import { Queue } from "../core/queue.ts";

/** Maximum time for all reads of a loop turn: one new connection is accepted per turn. */
const TURN_SECONDS = 0.005;

/** A connection that can be read from. */
export interface Readable {
  /** Whether more may be read from it now. */
  readonly canGoOn: boolean;
}

/**
 * Decides which connection is read next. While all reads of a turn fit into it, each socket that is ready is read once a
 * turn, and none rests (two system calls less a read). Otherwise a connection rests after one read, and wakes least
 * recently read first, as many a turn as the turn has time for.
 */
export class ReadScheduler<C extends Readable> {
  readonly #resting = new Queue<C>();
  readonly #settle: () => void;
  readonly #isHeld: () => boolean;
  readonly #goOn: (connection: C) => void;
  #isPlanned = false;
  /** Seconds per read, a moving average over the turns. */
  #cost = 0;
  #reads = 0;
  #seconds = 0;

  /**
   * @param settle - Ends a turn: offers what its reads brought, answers.
   * @param isHeld - Whether no connection may be woken.
   * @param goOn - Wakes a connection that can go on.
   */
  constructor(settle: () => void, isHeld: () => boolean, goOn: (connection: C) => void) {
    this.#settle = settle;
    this.#isHeld = isHeld;
    this.#goOn = goOn;
  }

  /** A part of this turn's work took `seconds`, for this many reads. */
  took(seconds: number, reads: number): void {
    this.#seconds += seconds;
    this.#reads += reads;
  }

  /** Whether a connection that was read from can be read again in the next turn, without resting. */
  get hasTime(): boolean {
    return this.#resting.length === 0 && this.#seconds < TURN_SECONDS;
  }

  /** Puts a connection last in the line. One that cannot go on is left out: it is added again when it can. */
  add(connection: C): void {
    if (connection.canGoOn) this.#resting.push(connection);
    this.plan();
  }

  /** Has the turn ended and others woken, when all sockets that were ready have been read. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#settle();
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#reads > 0) this.#cost += (this.#seconds / this.#reads - this.#cost) / 4;
    this.#reads = 0;
    this.#seconds = 0;
    if (this.#isHeld()) return;
    // A connection that was woken in this turn and rests again waits for the next: its messages are settled first.
    const most = Math.min(this.#resting.length, Math.max(1, Math.floor(TURN_SECONDS / Math.max(this.#cost, 1e-6))));
    for (let n = 0; n < most; n++) {
      const connection = this.#resting.shift();
      if (connection?.canGoOn) this.#goOn(connection);
    }
    if (this.#resting.length > 0) this.plan();
  }
}
