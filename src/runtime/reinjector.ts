import type { Event } from "../core/event.ts";
import type { DropReason } from "../core/stage.ts";
import { encodeFrame, toWire, type WireEvent } from "../wire/codec.ts";

/** Maximum events of a thread's pipelines that wait to be reinjected. */
const MAX_WAITING_EVENTS = 10_000;

type Fate = DropReason | null;

/** Gathers the events that a thread's pipelines reinject in one turn, and hands them to the intake as one frame. */
export class Reinjector {
  readonly #give: (frame: Buffer) => Promise<Fate>;
  #batch: WireEvent[] = [];
  #fate: Promise<Fate> | null = null;
  #waiting = 0;

  /** @param give - Resolves when the frame is in, or with why it is not. */
  constructor(give: (frame: Buffer) => Promise<Fate>) {
    this.#give = give;
  }

  /** See `Outlet`. */
  reinject(event: Event): Promise<Fate> {
    if (this.#waiting >= MAX_WAITING_EVENTS) return Promise.resolve("overflow");
    this.#batch.push(toWire(event));
    this.#waiting++;
    this.#fate ??= this.#send();
    return this.#fate;
  }

  async #send(): Promise<Fate> {
    await undefined; // what else comes in this turn goes with it
    const events = this.#batch;
    this.#batch = [];
    this.#fate = null;
    try {
      return await this.#give(encodeFrame({ events }));
    } catch {
      return "failed"; // user code made an invalid event: it cannot be encoded
    } finally {
      this.#waiting -= events.length;
    }
  }
}
