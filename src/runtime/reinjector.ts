import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { DropReason } from "../core/stage.ts";
import { isAfter, type Origin } from "../state/origin.ts";
import { encodeFrame, toWire, type WireEvent } from "../wire/codec.ts";

/** Maximum events of a thread's pipelines that wait to be reinjected. */
const MAX_WAITING_EVENTS = 10_000;

type Fate = DropReason | null;

/** What a pipeline reinjects in one turn. */
interface Batch {
  readonly events: WireEvent[];
  /** Of the last of them. */
  origin: Origin;
  readonly fate: Promise<Fate>;
}

/** What came out in a replay, and may have been reinjected before. */
interface Held {
  readonly event: Event;
  readonly origin: Origin;
  readonly tell: (fate: Fate) => void;
}

/** Gathers the events that each pipeline of a thread reinjects in one turn, and hands them to the intake as one frame. */
export class Reinjector {
  readonly #clock: Clock;
  readonly #give: (frame: Buffer, origin: Origin) => Promise<Fate>;
  readonly #batches = new Map<string, Batch>();
  /** Of the last event of each pipeline. */
  readonly #last = new Map<string, Origin>();
  #held: Held[] | null = null;
  #waiting = 0;

  /** @param give - Resolves when the frame is in, or with why it is not. */
  constructor(clock: Clock, give: (frame: Buffer, origin: Origin) => Promise<Fate>) {
    this.#clock = clock;
    this.#give = give;
  }

  /** See `Outlet`. */
  reinject(event: Event, pipeline: string): Promise<Fate> {
    if (this.#waiting + (this.#held?.length ?? 0) >= MAX_WAITING_EVENTS) return Promise.resolve("overflow");
    const origin = this.#originOf(pipeline);
    if (this.#held === null) return this.#add(event, origin);
    const held = this.#held;
    return new Promise((tell) => void held.push({ event, origin, tell }));
  }

  /** A replay begins: what comes out is held until it is known whether it came in before. */
  hold(): void {
    this.#held ??= [];
  }

  /** What a pipeline reinjected up to there is in the journal. */
  cameIn({ pipeline, elapsed, count }: Origin): void {
    const isIn = ({ origin }: Held): boolean => origin.pipeline === pipeline && !isAfter(origin, { elapsed, count });
    for (const { tell } of this.#held?.filter(isIn) ?? []) tell(null);
    this.#held = this.#held?.filter((held) => !isIn(held)) ?? null;
  }

  /** The replay is over: what is held did not come in before. @param isMuted - What a pipeline reinjects is not to. */
  release(isMuted: (pipeline: string) => boolean): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { event, origin, tell } of held)
      if (isMuted(origin.pipeline)) tell(null);
      else void this.#add(event, origin).then(tell);
  }

  #originOf(pipeline: string): Origin {
    const elapsed = this.#clock.elapsed();
    const last = this.#last.get(pipeline);
    const origin = { pipeline, elapsed, count: last?.elapsed === elapsed ? last.count + 1 : 1 };
    this.#last.set(pipeline, origin);
    return origin;
  }

  #add(event: Event, origin: Origin): Promise<Fate> {
    this.#waiting++;
    const known = this.#batches.get(origin.pipeline);
    if (known !== undefined) {
      known.events.push(toWire(event));
      known.origin = origin;
      return known.fate;
    }
    const events = [toWire(event)];
    const batch: Batch = { events, origin, fate: Promise.resolve().then(() => this.#send(batch)) };
    this.#batches.set(origin.pipeline, batch);
    return batch.fate;
  }

  /** After what else comes in this turn. */
  async #send({ events, origin }: Batch): Promise<Fate> {
    this.#batches.delete(origin.pipeline);
    try {
      return await this.#give(encodeFrame({ events }), origin);
    } catch {
      return "failed"; // user code made an invalid event: it cannot be encoded
    } finally {
      this.#waiting -= events.length;
    }
  }
}
