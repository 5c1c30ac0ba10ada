import { Worker } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import { FastTsError } from "../errors.ts";
import type { RouteFile } from "./compile.ts";
import type { DryRunMessage, DryRunReport } from "./dry-run-report.ts";
import { problemOfThrow } from "./evaluate.ts";
import { type Problem, problemOfFile } from "./problem.ts";
import { registerBundle } from "./source-map.ts";
import { doesNotFinish, HINT, MAX_FILE_SECONDS } from "./time-limit.ts";

export interface DryRunOptions {
  readonly clock: Clock;
  /** Seconds that one file may take. @default 5 */
  readonly timeLimit?: number;
  /** Megabytes that the files may take together. @default 256 */
  readonly memoryLimit?: number;
}

/** What one thread got done. */
export interface DryRunResult {
  /** What came of the files, in order, as far as the thread got. */
  readonly probed: readonly DryRunReport[];
  /** What is wrong with the file that ended it; `null` when it came to the end of the list. */
  readonly killer: Problem | null;
}

/** A thread that runs route files until one of them ends it: by looping, by exiting, by using up the memory. */
export class DryRunThread {
  readonly #files: readonly RouteFile[];
  readonly #options: DryRunOptions;
  readonly #probed: DryRunReport[] = [];
  #hasBegun = false;

  constructor(files: readonly RouteFile[], options: DryRunOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** @throws FastTsError `FTS_WORKER` when the thread itself does not start. */
  async run(): Promise<DryRunResult> {
    const { clock, timeLimit = MAX_FILE_SECONDS, memoryLimit = 256 } = this.#options;
    const worker = new Worker(new URL("./dry-run-worker.js", import.meta.url), {
      workerData: this.#files,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimit },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    let cancel = () => {};
    const killer = await new Promise<Problem | null>((resolve) => {
      const watchOver = (): void => {
        cancel();
        cancel = clock.after(timeLimit, () => resolve(this.#blame(doesNotFinish(timeLimit))));
      };
      worker.on("message", (message: DryRunMessage) => {
        this.#hasBegun = true;
        if (message.kind === "end") this.#probed.push(message.probed);
        if (this.#probed.length === this.#files.length) resolve(null);
        else watchOver();
      });
      worker.on("error", (error) => resolve(this.#blameError(error, memoryLimit)));
      worker.on("exit", (code) =>
        resolve(this.#blame(`calls process.exit(${code}): a route file must not end the process`)),
      );
      watchOver();
    });
    cancel();
    await worker.terminate();
    if (killer !== null && !this.#hasBegun)
      throw new FastTsError("FTS_WORKER", `the thread that checks route files does not start: it ${killer.message}`);
    return { probed: this.#probed, killer };
  }

  #blame(message: string): Problem {
    return problemOfFile(this.#files[this.#probed.length]?.file ?? "", message);
  }

  #blameError(error: Error, memoryLimit: number): Problem {
    const file = this.#files[this.#probed.length];
    if (file === undefined || ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"))
      return this.#blame(`uses more than ${memoryLimit} MB of memory: ${HINT}`);
    const forget = registerBundle(file);
    const problem = problemOfThrow(file, error);
    forget();
    return problem;
  }
}
