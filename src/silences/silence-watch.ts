import { stat } from "node:fs/promises";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import { problemOf, type Silence } from "./silence.ts";
import { loadSilences } from "./silence-file.ts";

const LOOK_SECONDS = 1;

export interface SilenceWatchOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets all silences of the file that can be used, and again when it has changed. */
  readonly onSilences: (silences: readonly Silence[]) => void;
}

/**
 * Reads a file of silences at the start and when it has changed, which is noticed after a second. A file that cannot be
 * used is logged, and what was read before holds.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  readonly #cancel: Cancel;
  #seen = "";
  /** How many hold. */
  #count = 0;
  #isLooking = false;

  private constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#cancel = options.clock.every(LOOK_SECONDS, () => void this.#look());
  }

  /** Resolves once the file has been read. */
  static async open(options: SilenceWatchOptions): Promise<SilenceWatch> {
    const watch = new SilenceWatch(options);
    await watch.#look();
    return watch;
  }

  stop(): void {
    this.#cancel();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { path } = this.#options;
    const seen = await identityOf(path);
    if (seen !== this.#seen) {
      this.#seen = seen;
      await this.#read(path);
    }
    this.#isLooking = false;
  }

  async #read(path: string): Promise<void> {
    const { log, onSilences } = this.#options;
    try {
      const all = await loadSilences(path);
      const usable = all.filter((silence) => {
        const problem = problemOf(silence);
        if (problem !== null) log.error("a silence cannot be used", { file: path, id: silence.id, error: problem });
        return problem === null;
      });
      onSilences(usable);
      if (all.length > 0 || this.#count > 0) log.info("silences read", { file: path, silences: usable.length });
      this.#count = usable.length;
    } catch (thrown) {
      log.error("silences are not read anew, the old ones hold", { error: coerceError(thrown).message });
    }
  }
}

/** Differs when the file does: it is replaced as a whole when it is edited. */
async function identityOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? "none" : `${found.ino}:${found.size}:${found.mtimeNs}`;
}
