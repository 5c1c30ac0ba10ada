/** Failures in a row after which a target counts as down. */
const MAX_FAILURES = 3;
/** Seconds for a probe, at least: with the longest pause before it, a target that is back is found within 5 s. */
const PROBE_SECONDS = 1.5;
/** Of so many tries in a row one has the whole time: a target may have become slow. */
const WHOLE_EVERY = 20;
/** How much of the slowest answer is remembered after the next one: a slow hour is not held against it for ever. */
const MEMORY = 0.99;

/** Whether a target is up, by how its last writes ended. While it is open, one write at a time is tried. */
export class Circuit {
  #failures = 0;
  #isSilent = false;
  /** Seconds. */
  #slowest = 0;

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

  /** A write had no answer in its time. */
  timedOut(): void {
    this.#isSilent = true;
  }

  /** @param seconds - How long the answer took. */
  succeeded(seconds: number): void {
    this.#failures = 0;
    this.#isSilent = false;
    this.#slowest = Math.max(seconds, this.#slowest * MEMORY);
  }

  /**
   * Seconds for the next write. A target that is away is not waited for as long as one that is up, so that its return is
   * noticed soon: four times as long as it was seen to take.
   *
   * @param timeout - The whole time.
   */
  timeFor(timeout: number): number {
    const isAway = this.#isSilent || (this.isOpen && this.#slowest > 0);
    if (!isAway || this.#failures % WHOLE_EVERY === 0) return timeout;
    return Math.min(timeout, Math.max(PROBE_SECONDS, Math.ceil(4 * this.#slowest)));
  }
}
