import { Queue } from "../core/queue.ts";
import type { Connection } from "./connection.ts";

/** All reads of a loop turn together should take no longer: one new connection is accepted per turn. */
const TURN_SECONDS = 0.005;

/**
 * Who is read from next. After one read a connection rests, and wakes least recently read first, as many a turn as the
 * turn has time for. Without it libuv reads one busy socket up to 32 times in a row (performance.md, 3).
 */
export class Rota {
  readonly #resting = new Queue<Connection>();
  readonly #isHeld: () => boolean;
  #isPlanned = false;
  /** Seconds per read, a moving average. */
  #cost = 0;

  constructor(isHeld: () => boolean) {
    this.#isHeld = isHeld;
  }

  /** A read was dealt with in `seconds`. */
  took(seconds: number): void {
    this.#cost += (seconds - this.#cost) / 16;
  }

  add(connection: Connection): void {
    this.#resting.push(connection);
    this.plan();
  }

  /** Wakes some in the next turn; to be called when what held them is over. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#isHeld()) return;
    const most = Math.max(1, Math.floor(TURN_SECONDS / Math.max(this.#cost, 1e-6)));
    for (let n = 0; n < most; n++) {
      const connection = this.#resting.shift();
      if (connection === undefined) return;
      if (!connection.isClosed) connection.socket.resume();
    }
    if (this.#resting.length > 0) this.plan();
  }
}
