import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** What the system tells of a thread. */
export interface ThreadTimes {
  /** Seconds on a processor. */
  readonly ran: number;
  /** Seconds in which it could have run and had no processor, but for the present wait. */
  readonly waited: number;
  /** It is running, or waits for a processor. */
  readonly isRunnable: boolean;
}

/** The threads of this process. */
export interface Threads {
  /** The numbers that the system gave them, the calling thread left out; empty where it does not tell. */
  others(): readonly number[];
  /** `null` where the system does not tell, and of a thread that there is not. */
  times(threadId: number): ThreadTimes | null;
}

/**
 * As Linux tells them: `/proc/self/task/ID/schedstat` has nanoseconds run, nanoseconds waited and turns, the third field of
 * `stat` the state; see proc(5) and the kernel's scheduler/sched-stats.rst.
 */
export const systemThreads: Threads = {
  others() {
    try {
      const own = threadId();
      return readdirSync("/proc/self/task")
        .map(Number)
        .filter((id) => id !== own);
    } catch {
      return [];
    }
  },
  times(threadId) {
    if (threadId === 0) return null;
    try {
      const [ran, waited] = readFileSync(`/proc/self/task/${threadId}/schedstat`, "utf8").split(" ").map(Number);
      const stat = readFileSync(`/proc/self/task/${threadId}/stat`, "utf8");
      const isRunnable = stat.charAt(stat.lastIndexOf(")") + 2) === "R";
      return { ran: (ran ?? 0) / 1e9, waited: (waited ?? 0) / 1e9, isRunnable };
    } catch {
      return null;
    }
  },
};

/** The number that the system gave this thread; 0 where it does not tell. */
export function threadId(): number {
  try {
    return Number(basename(readlinkSync("/proc/thread-self")));
  } catch {
    return 0;
  }
}
