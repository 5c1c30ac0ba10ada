/** OTP's and Broadway's default: more than this many restarts … */
const MAX_RESTARTS = 3;
/** … within this time, and the supervisor gives up. */
const PERIOD_SECONDS = 5;
const FIRST_WAIT_SECONDS = 30;
const MAX_WAIT_SECONDS = 600;

/**
 * Decides when restarts are too many, and how long a failed pipeline rests: 30 s, doubling to 10 min while it keeps
 * failing.
 */
export class RestartIntensity {
  #restarts: number[] = [];
  #wait = FIRST_WAIT_SECONDS;
  #failedAt = Number.NEGATIVE_INFINITY;

  /**
   * Takes note of a restart at `now` (seconds, on a clock that is never set); returns how long to rest, 0 to start
   * again at once.
   */
  restarted(now: number): number {
    this.#restarts = this.#restarts.filter((at) => now - at < PERIOD_SECONDS);
    this.#restarts.push(now);
    if (this.#restarts.length <= MAX_RESTARTS) return 0;
    const isRelapse = now - this.#failedAt < this.#wait * 2;
    this.#wait = isRelapse ? Math.min(MAX_WAIT_SECONDS, this.#wait * 2) : FIRST_WAIT_SECONDS;
    this.#failedAt = now;
    this.#restarts = [];
    return this.#wait;
  }
}
