import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import type { Snapshot, SnapshotFiles } from "../state/snapshot-files.ts";

export interface SnapshotQueueOptions {
  /** `null`: nothing is kept. */
  readonly files: SnapshotFiles | null;
  readonly dir: string | null;
  /** Seconds until what failed is tried again. */
  readonly interval: number;
  readonly log: Log;
  /** What is to be written, and not on disk. */
  readonly unsaved: ReadonlySet<string>;
}

/** What is done with snapshots, one thing after the other, as each file is renamed. What fails is logged once. */
export class SnapshotQueue {
  readonly #options: SnapshotQueueOptions;
  #busy: Promise<unknown> = Promise.resolve();
  /** Why state is not kept; `null`: it is. */
  error: string | null;

  constructor(options: SnapshotQueueOptions, error: string | null) {
    this.#options = options;
    this.error = error;
  }

  add(what: string, work: (files: SnapshotFiles) => Promise<void>): void {
    const { files } = this.#options;
    if (files === null) return;
    this.#busy = this.#busy
      .then(() => work(files))
      .then(
        () => this.#succeeded(what),
        (thrown) => this.#failed(what, thrown),
      );
  }

  /** What is saved by a name, the last first; nothing, where that fails. */
  async read(name: string): Promise<readonly Snapshot[]> {
    try {
      return (await this.#options.files?.readAll(name)) ?? [];
    } catch (thrown) {
      this.#failed("read", thrown);
      return [];
    }
  }

  /** Resolves when all until now is done, or has failed. */
  done(): Promise<unknown> {
    return this.#busy;
  }

  #failed(what: string, thrown: unknown): void {
    const error = coerceError(thrown).message;
    const { log, dir, interval } = this.#options;
    if (this.error === null)
      log.error(`cannot ${what} saved state: a restart may find an older one`, {
        dir,
        error,
        retry_in_seconds: interval,
      });
    this.error = error;
  }

  #succeeded(what: string): void {
    if (what !== "write" || this.error === null || this.#options.unsaved.size > 0) return;
    this.error = null;
    this.#options.log.info("state is on disk again", { dir: this.#options.dir });
  }
}
