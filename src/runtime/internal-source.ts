import type { DropReason } from "../core/stage.ts";
import type { Intake } from "../ingest/intake.ts";
import { HEADER } from "../wire/frames.ts";
import { RIEMANN } from "../wire/message-codecs.ts";

type Fate = DropReason | null;

/**
 * Events that did not come through a door go into all pipelines as if they had: what pipelines reinject, what the
 * daemon itself has to say. While senders are held up they wait here; the callers bound their number.
 */
export class InternalSource {
  readonly #intake: Intake;
  readonly #released: () => void;
  #waiting: { readonly frame: Buffer; readonly tell: (fate: Fate) => void }[] = [];
  #isPlanned = false;
  #isStopped = false;

  /** @param released - There is room for senders again. */
  constructor(intake: Intake, released: () => void) {
    this.#intake = intake;
    this.#released = released;
  }

  /** Resolves with `null` when every pipeline has the events of the frame, or with why they will not get them. */
  give(frame: Buffer): Promise<Fate> {
    if (this.#isStopped) return Promise.resolve("refused");
    return new Promise((tell) => {
      this.#waiting.push({ frame, tell });
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
    const taken: (() => void)[] = [];
    while (this.#waiting.length > 0 && !this.#intake.isHeld) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { frame, tell } = next;
      const found = this.#intake.check(RIEMANN, frame, HEADER, frame.length);
      if (found >= 0) this.#intake.append(RIEMANN, frame, 0, frame.length, 1, found >> 1);
      taken.push(() => tell(found < 0 ? "failed" : null));
    }
    if (taken.length === 0) return;
    this.#intake.flush();
    for (const tell of taken) tell();
  }
}
