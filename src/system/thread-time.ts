import { systemThreads, type Threads, type ThreadTimes } from "./thread-times.ts";

/** Of the time that a thread sleeps while others of its process starve: it may wait for one of them, as V8's collector does. */
const STARVED_SHARE = 0.1;

/**
 * Adds up the time that a thread had: on a processor, or asleep of its own accord. What it waited for a processor does not
 * count, where the system tells; elsewhere all that passed does.
 */
export class ThreadTime {
  /** Since it was begun anew. */
  seconds = 0;
  readonly #threads: Threads;
  #last: ThreadTimes | null = null;
  #others: ReadonlyMap<number, ThreadTimes> = new Map();

  constructor(threads: Threads = systemThreads) {
    this.#threads = threads;
  }

  /** Begins anew. */
  reset(): void {
    this.seconds = 0;
    this.#last = null;
    this.#others = new Map();
  }

  /**
   * Some time has passed.
   *
   * @param threadId - The number that the system gave the thread; 0 when that is not known.
   * @param passed - Seconds since the last call.
   */
  add(threadId: number, passed: number): void {
    const before = this.#last;
    const now = this.#threads.times(threadId);
    this.#last = now;
    if (now === null) this.seconds += passed;
    else if (before !== null) this.seconds += this.#timeHad(before, now, threadId, passed);
  }

  #timeHad(before: ThreadTimes, now: ThreadTimes, threadId: number, passed: number): number {
    const ran = now.ran - before.ran;
    // One that waits right now has not been told of its present wait: of such a one it is only sure what it ran.
    if (now.isRunnable) return ran;
    const slept = Math.max(0, passed - ran - (now.waited - before.waited));
    return ran + slept * (this.#doOthersStarve(threadId, passed) ? STARVED_SHARE : 1);
  }

  /** Whether another thread of the process could run and has had no processor for most of the time. */
  #doOthersStarve(threadId: number, passed: number): boolean {
    const before = this.#others;
    const now = new Map<number, ThreadTimes>();
    for (const id of this.#threads.others()) {
      const times = id === threadId ? null : this.#threads.times(id);
      if (times !== null) now.set(id, times);
    }
    this.#others = now;
    return [...now].some(([id, { isRunnable, ran }]) => isRunnable && ran - (before.get(id)?.ran ?? ran) < passed / 2);
  }
}
