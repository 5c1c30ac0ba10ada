import { type ReadThreadTimes, readThreadTimes, type ThreadTimes } from "./thread-times.ts";

/**
 * Adds up the time that a thread had: on a processor, or asleep of its own accord. What it waited for a processor does not
 * count, where the system tells; elsewhere all that passed does.
 */
export class ThreadTime {
  /** Since it was begun anew. */
  seconds = 0;
  readonly #read: ReadThreadTimes;
  #last: ThreadTimes | null = null;

  constructor(read: ReadThreadTimes = readThreadTimes) {
    this.#read = read;
  }

  /** Begins anew. */
  reset(): void {
    this.seconds = 0;
    this.#last = null;
  }

  /**
   * Some time has passed.
   *
   * @param threadId - The number that the system gave the thread; 0 when that is not known.
   * @param passed - Seconds since the last call.
   */
  add(threadId: number, passed: number): void {
    const before = this.#last;
    const now = this.#read(threadId);
    this.#last = now;
    if (now === null) this.seconds += passed;
    else if (before !== null) this.seconds += timeHad(before, now, passed);
  }
}

/** A thread that waits right now has not been told of its present wait: of such a one it is only sure what it ran. */
function timeHad(before: ThreadTimes, now: ThreadTimes, passed: number): number {
  const ran = now.ran - before.ran;
  return now.isRunnable ? ran : Math.max(ran, passed - (now.waited - before.waited));
}
