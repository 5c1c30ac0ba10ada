const FIRST_SECONDS = 0.1;
/** A target is tried again within this time: with a timeout of 1 s its return is noticed within 5 s, however it was gone. */
const MAX_SECONDS = 3;

/**
 * Seconds before the next try: exponential with full jitter, a random part of the doubled pause, so that many senders
 * do not come back at the same moment (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param failures - Tries that failed in a row, >= 1.
 * @param random - A number in [0, 1).
 */
export function backoff(failures: number, random: number): number {
  return random * Math.min(MAX_SECONDS, FIRST_SECONDS * 2 ** Math.min(failures, 20));
}
