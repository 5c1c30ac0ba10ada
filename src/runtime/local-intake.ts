import type { Cancel } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import { type Intake, type IntakeListener, IntakeListeners, type Ticket } from "../ingest/intake.ts";
import { MALFORMED } from "../wire/decode.ts";
import { MessageDecoders } from "../wire/message-decoders.ts";
import type { MistimedEvents } from "./mistimed-events.ts";
import { beginTurn } from "./turn.ts";

/** Decodes in this thread and offers to the pipelines of this thread. */
export class LocalIntake implements Intake {
  readonly confirmed = 0;
  readonly failure = null;
  readonly listeners = new IntakeListeners();
  readonly #decoders: MessageDecoders;
  readonly #router: Router;
  readonly #thread: Thread;
  readonly #mistimed: MistimedEvents;
  /** The number of the next event that is offered, since the daemon began. */
  next = 0;
  #batch: Event[] = [];
  #now = 0;

  constructor(router: Router, thread: Thread, mistimed: MistimedEvents) {
    this.#router = router;
    this.#thread = thread;
    this.#mistimed = mistimed;
    this.#decoders = new MessageDecoders(mistimed.times);
  }

  get isHeld(): boolean {
    return this.#thread.full > 0;
  }

  get pending(): number {
    return this.#batch.length;
  }

  subscribe(listener: IntakeListener): Cancel {
    return this.listeners.add(listener);
  }

  /** Decodes at once: the bytes are looked at only one time. */
  check(codec: number, bytes: Buffer, start: number, end: number): number {
    if (this.#now === 0) {
      this.#now = this.#thread.clock.now();
      this.#mistimed.begin();
    }
    const before = this.#batch.length;
    const decoder = this.#decoders.of(codec);
    decoder.begin(end, this.#thread.state.hasPlenty, false);
    const outcome = decoder.decode(bytes, start, end, this.#now, this.#batch);
    return outcome === MALFORMED ? MALFORMED : (this.#batch.length - before) * 2 + outcome;
  }

  problem(codec: number): string {
    return this.#decoders.of(codec).problem;
  }

  append(): void {}

  flush(): Ticket {
    this.#now = 0;
    const batch = this.#batch;
    if (batch.length === 0) return 0;
    this.#batch = [];
    this.#mistimed.decoded(batch);
    beginTurn(this.#thread);
    const first = this.next;
    this.next += batch.length;
    this.#router.offer(batch, first);
    return 0;
  }
}
