import { type Clock, monotonic } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import type { Intake } from "../ingest/intake.ts";
import { Decoder, type Verdict } from "../wire/decode.ts";
import { TURN_SECONDS } from "./turn.ts";

/** Decodes in this thread and offers to the pipelines of this thread. */
export class LocalIntake implements Intake {
  onRelease: () => void = () => {};
  readonly #decoder = new Decoder();
  readonly #clock: Clock;
  readonly #router: Router;
  readonly #thread: Thread;
  /** The number of the next event that is offered, since the daemon began. */
  next = 0;
  #batch: Event[] = [];
  #now = 0;

  constructor(clock: Clock, router: Router, thread: Thread) {
    this.#clock = clock;
    this.#router = router;
    this.#thread = thread;
  }

  get isHeld(): boolean {
    return this.#thread.full > 0;
  }

  get problem(): string {
    return this.#decoder.problem;
  }

  get pending(): number {
    return this.#batch.length;
  }

  take(bytes: Buffer, start: number, end: number): Verdict {
    if (this.#now === 0) this.#now = this.#clock.now();
    return this.#decoder.decode(bytes, start, end, this.#now, this.#batch);
  }

  keep(): void {}

  offer(): void {
    this.#now = 0;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#thread.turnEnd = monotonic() + TURN_SECONDS;
    const first = this.next;
    this.next += batch.length;
    this.#router.offer(batch, first);
  }
}
