import { join } from "node:path";
import type { Clock } from "./core/clock.ts";
import { UnclaimedSpill } from "./delivery/unclaimed-spill.ts";
import { codeOf, coerceError, FastTsError } from "./errors.ts";
import type { ProcessLog } from "./log.ts";
import { FileLock } from "./state/file-lock.ts";
import { makeDirectory } from "./system/make-directory.ts";

/** What is in the way of a directory for as long as nobody removes it. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EEXIST: "something else has that name",
  ENOTDIR: "a part of that path is not a directory",
  ENOTSUP: "no directory can be made there",
};

/** The directory of `--data`, which one process has at a time. */
export class DataDirectory {
  readonly path: string;
  readonly unclaimedSpill: UnclaimedSpill;
  readonly #log: ProcessLog;
  #lock: FileLock | null = null;

  constructor(path: string, clock: Clock, log: ProcessLog) {
    this.path = path;
    this.#log = log;
    this.unclaimedSpill = new UnclaimedSpill({ dataDir: path, clock, log });
  }

  /**
   * Makes it, and takes it for this process. One that cannot be made, as the disk is full, keeps nobody from starting: what
   * is to be kept there says so itself.
   *
   * @throws FastTsError `FTS_START` when another process has it, or something is there that is no directory.
   */
  async open(): Promise<void> {
    const dir = this.path;
    try {
      await makeDirectory(dir, 0o700);
    } catch (thrown) {
      const obstacle = OBSTACLES[codeOf(thrown)];
      if (obstacle !== undefined)
        throw new FastTsError(
          "FTS_START",
          `cannot keep data in ${dir}: ${obstacle}; name a directory with --data (FTS_DATA), it is made when it is missing`,
        );
      return this.#log.error("the data directory cannot be made", { dir, error: coerceError(thrown).message });
    }
    const lock = join(dir, "lock");
    this.#lock = await FileLock.take(lock);
    if (this.#lock !== null) return;
    const holder = await FileLock.named(lock);
    const hint = "stop it, or give this one a directory of its own with --data (FTS_DATA)";
    throw new FastTsError("FTS_START", `cannot keep data in ${dir}: ${holder} uses it; ${hint}`);
  }

  async close(): Promise<void> {
    await this.#lock?.release();
  }
}
