import { dirname, join, resolve } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { codeOf, coerceError, FastTsError } from "../errors.ts";
import { type Damage, logDamage } from "../state/damage.ts";
import { type Entry, MAGIC } from "../state/entry.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { FileLock } from "../state/file-lock.ts";
import { LostFiles } from "../state/segment.ts";
import { SegmentLog } from "../state/segment-log.ts";
import { GatheredRuns } from "./gathered-runs.ts";
import { runsOfLog } from "./log-captures.ts";
import { makeWay } from "./old-captures.ts";
import type { Disk } from "./recorder.ts";

/** Where traffic is recorded: options of the daemon. */
export interface RecordingOptions {
  readonly record: string | false;
  readonly recordSize: number;
  readonly recordFiles: number;
  readonly routeDir: string;
  readonly watch: boolean;
}

export interface CaptureLogOptions {
  readonly dir: string;
  /** Bytes after which another file is begun; what is written at once may be longer. */
  readonly size: number;
  /** How many files there are at most: the oldest goes. */
  readonly files: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Where they are. @default the file system */
  readonly layer?: FileLayer;
}

/** How often it is looked whether the files are there. */
const LOOK_SECONDS = 1;

/** Frames are written in entries of so many bytes. */
const ENTRY_BYTES = 1024 * 1024;

/** A recording on disk, readable for its owner only: a log, whose oldest files make room for what comes. */
export class CaptureLog implements Disk {
  readonly #options: CaptureLogOptions;
  readonly #layer: FileLayer;
  #lock: FileLock | null = null;
  #segments: SegmentLog | null = null;
  /** When the next look is due, by the clock's `elapsed`. */
  #lookAt: number;

  /** Touches nothing before it is opened. */
  constructor(options: CaptureLogOptions) {
    this.#options = { ...options, dir: resolve(options.dir) };
    this.#layer = options.layer ?? NODE_FILES;
    this.#lookAt = options.clock.elapsed() + LOOK_SECONDS;
  }

  get entryBytes(): number {
    return Math.min(ENTRY_BYTES, this.#options.size - MAGIC.length);
  }

  /**
   * The recording that options of the daemon ask for; null when they ask for none.
   *
   * @throws FastTsError `FTS_OPTION` when it would be in a directory that is watched.
   */
  static of(
    { record, recordSize, recordFiles, routeDir, watch }: RecordingOptions,
    clock: Clock,
    log: Log,
  ): CaptureLog | null {
    if (record === false) return null;
    if (watch && [resolve(record), dirname(resolve(record))].includes(resolve(routeDir))) {
      const why = "it would be in the route directory, which is watched";
      throw new FastTsError(
        "FTS_OPTION",
        `cannot record to ${record}: ${why}; name a directory elsewhere with --record`,
      );
    }
    return new CaptureLog({ dir: record, size: recordSize, files: recordFiles, clock, log });
  }

  /**
   * Takes the directory, which is made when it is not there, for this process alone.
   *
   * @throws FastTsError `FTS_START` when it cannot, another process records there, or what is there is no recording.
   */
  async open(): Promise<void> {
    const { dir, size, clock, log } = this.#options;
    const files = this.#layer;
    try {
      await makeWay(dir, log);
      await files.makeDirectory(dir);
      const path = join(dir, "lock");
      this.#lock = await FileLock.take(path);
      if (this.#lock === null) throw new Error(`${await FileLock.named(path)} records there; name another directory`);
      for await (const _ of runsOfLog(dir, files, { notes: [], damage: [] })) break;
      const onDamage = (damage: Damage): void => logDamage(log, "the recording", dir, damage);
      this.#segments = await SegmentLog.open({ dir, files, segmentBytes: size, onDamage });
      await this.append(new GatheredRuns(Buffer.alloc(GatheredRuns.bytesFor(0)), clock.now()).entry);
    } catch (cause) {
      await this.close().catch(() => {});
      const words = WORDS[codeOf(cause)] ?? coerceError(cause).message;
      throw new FastTsError("FTS_START", `cannot record to ${dir}: ${words}`, { cause });
    }
  }

  async append(entry: Entry): Promise<void> {
    const { dir, files, log } = this.#options;
    const segments = this.#segments;
    if (segments === null) throw new Error("the recording is not open yet");
    await this.#look(segments);
    await segments.append([entry]);
    try {
      while (segments.segments > files) await segments.advance(segments.endOfOldest ?? 0);
    } catch (thrown) {
      log.warn("an old file of the recording cannot be removed", { dir, error: coerceError(thrown).message });
    }
  }

  /** What comes after files are gone goes into another: the one that is open may be nowhere. */
  async #look(segments: SegmentLog): Promise<void> {
    const { clock, dir, log } = this.#options;
    if (clock.elapsed() < this.#lookAt) return;
    this.#lookAt = clock.elapsed() + LOOK_SECONDS;
    try {
      await segments.check();
    } catch (thrown) {
      if (!(thrown instanceof LostFiles)) return; // what else is wrong the write tells
      log.warn("files of the recording were removed or cut short: it goes on in another", {
        ...{ dir, error: thrown.message, frames: thrown.items },
      });
    }
  }

  async close(): Promise<void> {
    try {
      await this.#segments?.close();
    } finally {
      await this.#lock?.release();
      this.#segments = null;
      this.#lock = null;
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EEXIST: "something else has that name; name another directory with --record",
  ENOTDIR: "a part of that path is a file; name another directory with --record",
  EACCES: "no permission; give this user permission to write there, or name another directory with --record",
  EPERM: "no permission; give this user permission to write there, or name another directory with --record",
  EROFS: "the file system is read-only; name another directory with --record",
  ENOSPC: "the disk is full; make room, or name another directory with --record",
};
