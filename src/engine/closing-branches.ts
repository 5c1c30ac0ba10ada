import type { Cancel } from "../core/clock.ts";
import { CONGESTED_EVENTS } from "./mailbox.ts";

/** A branch that is closed, of which a stage still awaits. */
interface Closing {
  readonly ended: Promise<void>;
  /** Cancels the end of its time. */
  readonly cancel: Cancel;
}

/** The closed branches of a run that still await: too many make the inbox pause, until they are half as many. */
export class ClosingBranches {
  readonly #congestion: { congested: number };
  readonly #branches = new Map<object, Closing>();
  #isCongested = false;

  /** @param congestion - Of the run: see {@link Mailbox}. */
  constructor(congestion: { congested: number }) {
    this.#congestion = congestion;
  }

  has(branch: object): boolean {
    return this.#branches.has(branch);
  }

  get(branch: object): Closing | undefined {
    return this.#branches.get(branch);
  }

  add(branch: object, closing: Closing): void {
    this.#branches.set(branch, closing);
    if (this.#isCongested || this.#branches.size < CONGESTED_EVENTS) return;
    this.#isCongested = true;
    this.#congestion.congested++;
  }

  /** Also when it is none. */
  remove(branch: object): void {
    this.#branches.get(branch)?.cancel();
    this.#branches.delete(branch);
    if (!this.#isCongested || this.#branches.size >= CONGESTED_EVENTS / 2) return;
    this.#isCongested = false;
    this.#congestion.congested--;
  }
}
