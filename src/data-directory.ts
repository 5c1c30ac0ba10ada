import { join } from "node:path";
import type { Clock } from "./core/clock.ts";
import { UnclaimedSpill } from "./delivery/unclaimed-spill.ts";
import { coerceError } from "./errors.ts";
import type { ProcessLog } from "./log.ts";
import type { FileLock } from "./state/file-lock.ts";
import { obstacleOf, takeDirectory, unusableDirectory } from "./state/unusable-directory.ts";
import { makeDirectory } from "./system/make-directory.ts";

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
      if (obstacleOf(thrown) !== null) throw unusableDirectory("keep data", dir, thrown, "--data");
      return this.#log.error("the data directory cannot be made", { dir, error: coerceError(thrown).message });
    }
    try {
      this.#lock = await takeDirectory(join(dir, "lock"));
    } catch (thrown) {
      throw unusableDirectory("keep data", dir, thrown, "--data");
    }
  }

  async close(): Promise<void> {
    await this.#lock?.release();
  }
}
