import type { Thread } from "./thread.ts";

/** Calls that follow one another within this time may skip looking at the clock, which costs 60 ns. */
const SHORT_SECONDS = 0.0005;
const MAX_SKIPPED_CALLS = 16;

/**
 * Tells, called for each event, whether the time of a turn is up. It looks at the clock less often while events take
 * little time.
 */
export function turnEnd(thread: Pick<Thread, "machine" | "turnEnd">): () => boolean {
  let [left, step, lookedAt] = [0, 1, 0];
  return () => {
    if (--left > 0) return false;
    const now = thread.machine.elapsed();
    step = now - lookedAt < SHORT_SECONDS ? Math.min(MAX_SKIPPED_CALLS, step * 2) : 1;
    left = step;
    lookedAt = now;
    return now > thread.turnEnd;
  };
}
