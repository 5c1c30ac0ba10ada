/** Failures in a row after which a target counts as down. */
const MAX_FAILURES = 3;

/** Whether a target is up, by how its last writes ended. While it is open, one write at a time is tried. */
export class Circuit {
  #failures = 0;

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  get isOpen(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  failed(): void {
    this.#failures++;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
