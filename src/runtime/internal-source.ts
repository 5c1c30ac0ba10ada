import type { DropReason } from "../core/stage.ts";
import type { Intake, Ticket } from "../ingest/intake.ts";
import type { Origin } from "../state/origin.ts";
import { HEADER } from "../wire/frames.ts";
import { RIEMANN } from "../wire/message-codecs.ts";
import { BATCH_EVENTS } from "./turn.ts";

type Fate = DropReason | null;

/** An intake that does more with what does not come from outside. */
export interface InternalIntake extends Intake {
  /** As {@link Intake.append}. @param origin - Of the last event, which a pipeline reinjects; null: the daemon has to say it. */
  appendOwn(origin: Origin | null, ...run: Parameters<Intake["append"]>): void;
}

interface Waiting {
  readonly frame: Buffer;
  readonly origin: Origin | null;
  readonly tell: (fate: Fate) => void;
}

/**
 * Events that did not come through a door go into all pipelines as if they had: what pipelines reinject, what the
 * daemon itself has to say. While senders are held up they wait here; the callers bound their number.
 */
export class InternalSource {
  readonly #intake: Intake;
  readonly #append: InternalIntake["appendOwn"];
  readonly #released: () => void;
  #waiting: Waiting[] = [];
  /** Given to the intake, and not in yet. */
  #unconfirmed: (Waiting & { readonly ticket: Ticket })[] = [];
  #isPlanned = false;
  #isStopped = false;

  /**
   * @param released - There is room for senders again.
   * @param internal - The intake, when it does more with these events.
   */
  constructor(intake: Intake, released: () => void, internal?: InternalIntake) {
    this.#intake = intake;
    this.#append = (origin, ...run) =>
      internal === undefined ? intake.append(...run) : internal.appendOwn(origin, ...run);
    this.#released = released;
    intake.subscribe({ released() {}, confirmed: () => this.#confirmed() });
  }

  /** Resolves with `null` when every pipeline has the events of the frame, or with why they will not get them. */
  give(frame: Buffer): Promise<Fate> {
    return this.#give(frame, null);
  }

  /** As {@link give}, of events that a pipeline reinjects. */
  reinject(frame: Buffer, origin: Origin): Promise<Fate> {
    return this.#give(frame, origin);
  }

  #give(frame: Buffer, origin: Origin | null): Promise<Fate> {
    if (this.#isStopped) return Promise.resolve("refused");
    return new Promise((tell) => {
      this.#waiting.push({ frame, origin, tell });
      this.#plan();
    });
  }

  /** There is room for senders: what waits here comes before them, or they would never leave any. */
  relieved(): void {
    if (this.#waiting.length === 0) return this.#released();
    setImmediate(() => {
      this.#take();
      if (!this.#intake.isHeld) this.#released();
    });
  }

  /** The doors are closed: what still waits will not get in. */
  stop(): void {
    this.#isStopped = true;
    for (const { tell } of this.#waiting.splice(0)) tell("refused");
  }

  /** In a turn of its own: reinjected events must not come in on the stack of the stage that reinjects them. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#take();
    });
  }

  #take(): void {
    const taken: Waiting[] = [];
    while (this.#waiting.length > 0 && !this.#intake.isHeld && this.#intake.pending < BATCH_EVENTS) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { frame, origin, tell } = next;
      const found = this.#intake.check(RIEMANN, frame, HEADER, frame.length);
      if (found < 0) tell("failed");
      else {
        this.#append(origin, RIEMANN, frame, 0, frame.length, 1, found >> 1);
        taken.push(next);
      }
    }
    if (this.#waiting.length > 0 && !this.#intake.isHeld) this.#plan();
    if (taken.length === 0) return;
    const ticket = this.#intake.flush();
    for (const one of taken) this.#unconfirmed.push({ ...one, ticket });
    this.#confirmed();
  }

  /** What the daemon itself has to say is in, whatever became of the messages of others. */
  #confirmed(): void {
    const { confirmed, failure } = this.#intake;
    const due = this.#unconfirmed.filter(({ ticket }) => ticket <= confirmed);
    if (due.length === 0) return;
    this.#unconfirmed = this.#unconfirmed.filter(({ ticket }) => ticket > confirmed);
    const isRefused = ({ origin, ticket }: (typeof due)[number]): boolean =>
      origin !== null && failure !== null && ticket > failure.after;
    for (const one of due) one.tell(isRefused(one) ? "failed" : null);
  }
}
