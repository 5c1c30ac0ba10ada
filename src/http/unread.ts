import type { ServerResponse } from "node:http";
import type { Clock } from "../core/clock.ts";
import { type ReaderBudget, TOO_MUCH_UNREAD } from "../ingest/reader-budget.ts";
import { type Page, plain } from "./page.ts";

/** A client that leaves an answer unread this long is disconnected, as over TCP. */
const MAX_UNREAD_SECONDS = 60;

/** Sees that what HTTP clients have not read yet is within the budget of all readers. */
export class Unread {
  readonly #budget: ReaderBudget;
  readonly #clock: Clock;

  constructor(budget: ReaderBudget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
  }

  /** A page that others may wait for, too. */
  page(type: string, body: Uint8Array, response: ServerResponse): Page {
    return this.hold(body, response) ? { status: 200, type, body } : plain(503, TOO_MUCH_UNREAD);
  }

  /** Whether there is room for a body until the client has read it, or has gone. */
  hold(body: Uint8Array, response: ServerResponse): boolean {
    const { socket } = response.req;
    if (socket.destroyed || !this.#budget.hold(body.buffer)) return false;
    const cut = this.#clock.after(MAX_UNREAD_SECONDS, () => socket.destroy());
    let isHeld = true;
    const release = (): void => {
      if (isHeld) this.#budget.release(body.buffer);
      isHeld = false;
      cut();
      socket.off("close", release);
    };
    response.once("close", release);
    socket.setMaxListeners(0); // of a client that does not wait for answers, each has one
    socket.once("close", release); // a response that stands behind another one is not told
    return true;
  }
}
