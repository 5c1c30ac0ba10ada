import type { DropReason } from "../core/stage.ts";
import type { Intake, Ticket } from "../ingest/intake.ts";
import { HEADER } from "../wire/frames.ts";
import { RIEMANN } from "../wire/message-codecs.ts";

type Fate = DropReason | null;

interface Waiting {
  readonly frame: Buffer;
  readonly intake: Intake;
  readonly tell: (fate: Fate) => void;
}

/**
 * Events that did not come through a door go into all pipelines as if they had: what pipelines reinject, what the
 * daemon itself has to say. While senders are held up they wait here; the callers bound their number.
 */
export class InternalSource {
  readonly #intake: Intake;
  readonly #own: Intake;
  readonly #released: () => void;
  #waiting: Waiting[] = [];
  /** Given to the intake, and not in yet. */
  #unconfirmed: { readonly ticket: Ticket; readonly intake: Intake; readonly tell: (fate: Fate) => void }[] = [];
  #isPlanned = false;
  #isStopped = false;

  /**
   * @param released - There is room for senders again.
   * @param own - For what the daemon itself has to say. @default as for the rest
   */
  constructor(intake: Intake, released: () => void, own = intake) {
    this.#intake = intake;
    this.#own = own;
    this.#released = released;
    intake.subscribe({ released() {}, confirmed: () => this.#confirmed() });
  }

  /** Resolves with `null` when every pipeline has the events of the frame, or with why they will not get them. */
  give(frame: Buffer): Promise<Fate> {
    return this.#give(frame, this.#own);
  }

  /** As {@link give}, of events that pipelines reinject. */
  reinject(frame: Buffer): Promise<Fate> {
    return this.#give(frame, this.#intake);
  }

  #give(frame: Buffer, intake: Intake): Promise<Fate> {
    if (this.#isStopped) return Promise.resolve("refused");
    return new Promise((tell) => {
      this.#waiting.push({ frame, intake, tell });
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
    while (this.#waiting.length > 0 && !this.#intake.isHeld) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { frame, intake, tell } = next;
      const found = intake.check(RIEMANN, frame, HEADER, frame.length);
      if (found < 0) tell("failed");
      else {
        intake.append(RIEMANN, frame, 0, frame.length, 1, found >> 1);
        taken.push(next);
      }
    }
    if (taken.length === 0) return;
    const ticket = this.#intake.flush();
    for (const { intake, tell } of taken) this.#unconfirmed.push({ ticket, intake, tell });
    this.#confirmed();
  }

  #confirmed(): void {
    const { confirmed } = this.#intake;
    const due = this.#unconfirmed.filter(({ ticket }) => ticket <= confirmed);
    if (due.length === 0) return;
    this.#unconfirmed = this.#unconfirmed.filter(({ ticket }) => ticket > confirmed);
    for (const { ticket, intake, tell } of due)
      tell(intake.failure !== null && ticket > intake.failure.after ? "failed" : null);
  }
}
