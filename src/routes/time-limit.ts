import { runInNewContext } from "node:vm";
import { FastTsError } from "../errors.ts";

/** Maximum time that running one route file takes. */
export const MAX_FILE_SECONDS = 5;

/** What is wrong with a file that takes longer. */
export function doesNotFinish(seconds: number): string {
  return `does not finish: stopped after ${seconds} s; ${HINT}`;
}

export const HINT = "a route file only declares pipelines; do the work in a stage";

/**
 * Calls `run` in this thread and stops it after `seconds`, be it in a loop without end: V8 has a watchdog for scripts,
 * so a script makes the call. What `run` does last, in a `finally`, is not done then.
 *
 * @throws FastTsError `FTS_ROUTES` when it was stopped, and what `run` throws.
 */
export function stopAfter(seconds: number, run: () => void): void {
  const failures: unknown[] = [new FastTsError("FTS_ROUTES", doesNotFinish(seconds))];
  const call = (): void => {
    try {
      run();
      failures.pop();
    } catch (thrown) {
      failures[0] = thrown;
    }
  };
  try {
    runInNewContext("call()", { call }, { timeout: seconds * 1000 });
  } catch {
    // It was stopped: nothing else gets past the `catch` of the call.
  }
  if (failures.length > 0) throw failures[0];
}
