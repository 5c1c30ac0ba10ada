import { basename, join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import type { UnclaimedSpillReport } from "./report.ts";
import { defaultSpillDir } from "./spill-directory.ts";
import { isSpillInUse, listSpill } from "./spill-inventory.ts";

/** Targets take up their spill as the pipelines start, in the background. */
const FIRST_LOOK_SECONDS = 5;
const LOOK_SECONDS = 60;

export interface UnclaimedSpillOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The spill that no target has taken up after the start, such as that of a target that no route names any more. It is kept. */
export class UnclaimedSpill {
  readonly #options: UnclaimedSpillOptions;
  #reports: readonly UnclaimedSpillReport[] = [];
  /** The names of targets that the log has told of, and those of directories that could not be read. */
  readonly #told = new Set<string>();
  #isStopped = false;

  constructor(options: UnclaimedSpillOptions) {
    this.#options = options;
  }

  /** As they were when it last looked; none before. */
  get reports(): readonly UnclaimedSpillReport[] {
    return this.#reports;
  }

  /** Looks when the targets have had time, and then each minute. */
  lookSoon(): void {
    this.#lookIn(FIRST_LOOK_SECONDS);
  }

  #lookIn(seconds: number): void {
    this.#options.clock.after(
      seconds,
      () => void this.look().then(() => this.#isStopped || this.#lookIn(LOOK_SECONDS)),
    );
  }

  /** Says nothing any more: targets let go of their spill when they stop. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Logs what there is, each once. Never rejects: what cannot be read is logged as well. */
  async look(): Promise<void> {
    if (this.#isStopped) return;
    const dir = defaultSpillDir(this.#options.dataDir);
    const names = await this.#read(dir, () => NODE_FILES.list(dir));
    const found: UnclaimedSpillReport[] = [];
    for (const name of names.sort()) {
      const target = join(dir, name);
      found.push(...(await this.#read(target, () => unclaimedIn(target))));
    }
    if (this.#isStopped) return;
    this.#reports = found;
    const command = `fast-ts spill ${this.#options.dataDir}`;
    for (const report of found) {
      if (this.#told.has(report.name)) continue;
      this.#told.add(report.name);
      this.#options.log.warn("spill is kept that no target uses", {
        ...report,
        hint: `if no route is to name the target again: ${command} list, then resend or drop`,
      });
    }
  }

  async #read<T>(dir: string, read: () => Promise<T[]>): Promise<T[]> {
    try {
      return await read();
    } catch (error) {
      if (!this.#told.has(dir))
        this.#options.log.warn("cannot see whether there is spill that no target uses", { dir, error });
      this.#told.add(dir);
      return [];
    }
  }
}

async function unclaimedIn(dir: string): Promise<UnclaimedSpillReport[]> {
  if (await isSpillInUse(NODE_FILES, dir)) return [];
  const reports = (await listSpill(NODE_FILES, dir)).map(({ target, logs }) => ({
    target,
    name: basename(dir),
    items: logs.reduce((sum, { items }) => sum + items, 0),
    bytes: logs.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  return reports.filter(({ items }) => items > 0);
}
