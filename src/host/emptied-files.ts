import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { RouteFile } from "../routes/compile.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { RouteSet } from "./host.ts";

interface EmptiedFilesOptions {
  /** Seconds that they may take to be written. */
  readonly settle: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when one of them has had its time. */
  readonly onTimeUp: () => void;
}

/**
 * Route files that ran pipelines and have none any more. They may be in the middle of a save that truncated them first, or
 * of a directory that is swapped piece by piece: for a while they go on as they were.
 */
export class EmptiedFiles {
  readonly #options: EmptiedFilesOptions;
  readonly #waits = new Map<string, Wait>();

  constructor(options: EmptiedFilesOptions) {
    this.#options = options;
  }

  /**
   * The files to run: those of `files`, but for one that is waited for what runs of it.
   *
   * @param probed - What those that are new declare.
   */
  replace(files: readonly RouteFile[], probed: readonly DryRunPipeline[], old: RouteSet): readonly RouteFile[] {
    const had = new Set(old.pipelines.map(({ route }) => route));
    const has = new Set(probed.map(({ route }) => route));
    // One that is not new has what it had.
    const isEmptied = (file: RouteFile): boolean => had.has(file.file) && !has.has(file.file) && !isOf(old, file);
    const emptied = files.length === 0 ? old.files.filter(({ file }) => had.has(file)) : files.filter(isEmptied);
    const waiting = this.#note(emptied.map(({ file }) => file));
    const running = old.files.filter(({ file }) => waiting.has(file));
    return files.length === 0 ? running : files.map((file) => running.find((one) => one.file === file.file) ?? file);
  }

  /** Waits for none any more. */
  stop(): void {
    this.#note([]);
  }

  /** Takes note of those that are empty now; returns those that have time left. */
  #note(paths: readonly string[]): ReadonlySet<string> {
    for (const [path, { cancel }] of this.#waits) {
      if (paths.includes(path)) continue;
      cancel();
      this.#waits.delete(path);
    }
    for (const path of paths) if (!this.#waits.has(path)) this.#waits.set(path, this.#begin(path));
    return new Set(paths.filter((path) => this.#waits.get(path)?.isOver === false));
  }

  #begin(file: string): Wait {
    const { settle, clock, log, onTimeUp } = this.#options;
    log.info("route file has become empty: its pipelines end unless it is written again", { file, seconds: settle });
    const wait: Wait = {
      isOver: false,
      cancel: clock.after(settle, () => {
        wait.isOver = true;
        onTimeUp();
      }),
    };
    return wait;
  }
}

interface Wait {
  isOver: boolean;
  readonly cancel: Cancel;
}

/** Whether a route set has this file as it is. */
export function isOf(set: RouteSet | null, { file, hash }: RouteFile): boolean {
  return set?.files.some((one) => one.file === file && one.hash === hash) ?? false;
}
