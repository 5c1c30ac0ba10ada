import { CONGESTED_EVENTS } from "./mailbox.ts";

/** Counts the closed branches of a run that still await: too many make the inbox pause, until they are half as many. */
export class ClosingBranches {
  readonly #congestion: { congested: number };
  #count = 0;
  #isCongested = false;

  /** @param congestion - Of the run: see {@link Mailbox}. */
  constructor(congestion: { congested: number }) {
    this.#congestion = congestion;
  }

  add(): void {
    this.#count++;
    if (this.#isCongested || this.#count < CONGESTED_EVENTS) return;
    this.#isCongested = true;
    this.#congestion.congested++;
  }

  remove(): void {
    this.#count--;
    if (!this.#isCongested || this.#count >= CONGESTED_EVENTS / 2) return;
    this.#isCongested = false;
    this.#congestion.congested--;
  }
}
