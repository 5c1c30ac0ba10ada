import { Worker } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import type { SpreadField } from "../core/spread.ts";
import { codeOf, FastTsError } from "../errors.ts";
import { ThreadTime } from "../system/thread-time.ts";
import type { RouteFile } from "./compile.ts";
import type { DryRunMessage, DryRunReport, DryRunWork } from "./dry-run-report.ts";
import { problemOfThrow } from "./evaluate.ts";
import { type Problem, problemOfFile } from "./problem.ts";
import { registerBundle } from "./source-map.ts";
import { doesNotFinish, HINT, MAX_FILE_SECONDS } from "./time-limit.ts";

/** Maximum time until the thread comes to its first file. */
const MAX_START_SECONDS = 60;
/** Seconds from one look to the next. */
const LOOK_SECONDS = 0.25;
/** A file that takes longer is slow: it is told of while it runs. */
export const SLOW_FILE_SECONDS = 2;

export interface DryRunOptions {
  readonly clock: Clock;
  /** Seconds that one file may take; what the thread waits for a processor does not count. @default 5 */
  readonly timeLimit?: number;
  /** Megabytes that the files may take together. @default 256 */
  readonly memoryLimit?: number;
  /** Whether a secret that is not there is a problem. @default true */
  readonly secrets?: boolean;
  /** The daemon's option of the name. @default "host" */
  readonly partitionKey?: SpreadField;
  /**
   * Told of each file that is slow, over and over for as long as it is, whether it waits for a processor or loops. `true`: all
   * is given up.
   */
  readonly isSlow?: (file: RouteFile) => boolean;
}

/** What one thread got done. */
export interface DryRunResult {
  /** What came of the files, in order, as far as the thread got. */
  readonly probed: readonly DryRunReport[];
  /** What is wrong with the file that ended it; `null` when it came to the end of the list. */
  readonly killer: Problem | null;
  readonly isGivenUp: boolean;
}

/** A thread that runs route files until one of them ends it: by looping, by exiting, by using up the memory. */
export class DryRunThread {
  readonly #files: readonly RouteFile[];
  readonly #options: DryRunOptions;
  readonly #probed: DryRunReport[] = [];
  #hasBegun = false;
  #isGivenUp = false;

  constructor(files: readonly RouteFile[], options: DryRunOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** @throws FastTsError `FTS_WORKER` when the thread itself does not start. */
  async run(): Promise<DryRunResult> {
    const { clock, timeLimit = MAX_FILE_SECONDS, memoryLimit = 256 } = this.#options;
    const { secrets = true, partitionKey = "host" } = this.#options;
    const worker = new Worker(new URL("./dry-run-worker.js", import.meta.url), {
      workerData: { files: this.#files, secrets, partitionKey } satisfies DryRunWork,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimit },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    // Until it comes to its first file, its own start takes the time.
    let [limit, thread] = [MAX_START_SECONDS, 0];
    const time = new ThreadTime();
    let begunAt = clock.elapsed();
    let cancel = () => {};
    const killer = await new Promise<Problem | null>((resolve) => {
      const look = Math.min(LOOK_SECONDS, timeLimit);
      cancel = clock.every(look, () => {
        time.add(thread, look);
        if (time.seconds >= limit) resolve(this.#blame(doesNotFinish(limit)));
        else if (this.#hasBegun && clock.elapsed() - begunAt >= SLOW_FILE_SECONDS) {
          this.#isGivenUp = this.#isSlow();
          if (this.#isGivenUp) resolve(null);
        }
      });
      worker.on("message", (message: DryRunMessage) => {
        this.#hasBegun = true;
        limit = timeLimit;
        time.reset();
        begunAt = clock.elapsed();
        if (message.kind === "begin") thread = message.threadId;
        if (message.kind === "end") this.#probed.push(message.probed);
        if (this.#probed.length === this.#files.length) resolve(null);
      });
      worker.on("error", (error) => resolve(this.#blameError(error, memoryLimit)));
      worker.on("exit", (code) =>
        resolve(this.#blame(`calls process.exit(${code}): a route file must not end the process`)),
      );
    });
    cancel();
    await worker.terminate();
    if (killer !== null && !this.#hasBegun)
      throw new FastTsError("FTS_WORKER", `the thread that checks route files does not start: it ${killer.message}`);
    return { probed: this.#probed, killer, isGivenUp: this.#isGivenUp };
  }

  #isSlow(): boolean {
    const file = this.#files[this.#probed.length];
    return file !== undefined && (this.#options.isSlow?.(file) ?? false);
  }

  #blame(message: string): Problem {
    return problemOfFile(this.#files[this.#probed.length]?.file ?? "", message);
  }

  #blameError(error: Error, memoryLimit: number): Problem {
    const file = this.#files[this.#probed.length];
    if (file === undefined || codeOf(error) === "ERR_WORKER_OUT_OF_MEMORY")
      return this.#blame(`uses more than ${memoryLimit} MB of memory: ${HINT}`);
    const forget = registerBundle(file);
    const problem = problemOfThrow(file, error);
    forget();
    return problem;
  }
}
