import { basename, dirname, resolve } from "node:path";
import type { Clock } from "../core/clock.ts";
import { codeOf, FastTsError } from "../errors.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { FileLock } from "../state/file-lock.ts";
import { CAPTURE_HEADER, captureHeader, captureProblem, runsWithin } from "./format.ts";
import type { Disk } from "./recorder.ts";

export interface RotatingFileOptions {
  readonly path: string;
  /** Bytes after which a new file is begun; one run may be longer. */
  readonly size: number;
  /** How many files there are at most: `path`, `path.1`, which is older, and so on. */
  readonly files: number;
  readonly clock: Clock;
  /** Where they are. @default the file system */
  readonly layer?: FileLayer;
}

/** A capture on disk, readable for its owner only. When it is full it becomes `path.1`, what was `path.1` `path.2`, … */
export class RotatingFile implements Disk {
  readonly #options: RotatingFileOptions;
  readonly #layer: FileLayer;
  /** Null after trouble: the next run begins a file. */
  #file: number | null = null;
  #bytes = 0;
  #lock: FileLock | null = null;

  /** Touches nothing before it is opened. */
  constructor(options: RotatingFileOptions) {
    this.#options = { ...options, path: resolve(options.path) };
    this.#layer = options.layer ?? NODE_FILES;
  }

  /**
   * Takes the file for this process alone, and begins it; the capture that is there becomes `path.1`.
   *
   * @throws FastTsError `FTS_START` when no file can be made, another process records there, or something stands there
   * that is not a capture.
   */
  async open(): Promise<void> {
    const { path } = this.#options;
    try {
      this.#lock = await FileLock.take(path);
      const problem =
        this.#lock === null ? "another fast-ts records there; name another file" : await whyNotOurs(this.#layer, path);
      if (problem !== null) throw new Error(problem);
      await this.#begin();
    } catch (cause) {
      const words = cause instanceof Error ? (WORDS[codeOf(cause)] ?? cause.message) : "";
      throw new FastTsError("FTS_START", `cannot record to ${path}: ${words}`, { cause });
    }
  }

  async append(bytes: Buffer, from: number, end: number): Promise<number> {
    if (this.#lock === null) throw new Error("the file is not open yet");
    const isFull = this.#bytes > CAPTURE_HEADER && runsWithin(bytes, from, end, 0).next - from > this.#room;
    const file = this.#file === null || isFull ? await this.#begin() : this.#file;
    const { next } = runsWithin(bytes, from, end, this.#room);
    try {
      await this.#layer.write(file, bytes.subarray(from, next), this.#bytes);
    } catch (thrown) {
      // Half a run in the middle would make the rest unreadable.
      await this.#layer.truncate(file, this.#bytes).catch(() => this.#closeFile());
      throw thrown;
    }
    this.#bytes += next - from;
    return next;
  }

  async close(): Promise<void> {
    await this.#closeFile();
    await this.#lock?.release();
    this.#lock = null;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file !== null) await this.#layer.close(file);
  }

  get #room(): number {
    return this.#options.size - this.#bytes;
  }

  async #begin(): Promise<number> {
    const { path, clock } = this.#options;
    await this.#closeFile();
    await this.#rotate();
    const file = await this.#layer.create(path);
    try {
      await this.#layer.write(file, captureHeader(clock.now()), 0);
    } catch (thrown) {
      await this.#layer.close(file);
      throw thrown;
    }
    this.#file = file;
    this.#bytes = CAPTURE_HEADER;
    return file;
  }

  /**
   * Makes way for a new file. One without a run is thrown away: a daemon that starts in vain pushes no traffic out. Who was
   * killed in the middle of it left a name free: that is as far as files move.
   */
  async #rotate(): Promise<void> {
    const { path, files } = this.#options;
    const names = new Set(await this.#layer.list(dirname(path)));
    if (!names.has(basename(path)) || (await this.#layer.size(path)) <= CAPTURE_HEADER) return;
    let free = 1;
    while (free < files - 1 && names.has(`${basename(path)}.${free}`)) free++;
    const nameOf = (age: number): string => (age === 0 ? path : `${path}.${age}`);
    for (let age = Math.min(free, files - 1); age > 0; age--) await this.#layer.rename(nameOf(age - 1), nameOf(age));
  }
}

/** Why the existing file must not be replaced; null when it may, or when there is none. */
async function whyNotOurs(layer: FileLayer, path: string): Promise<string | null> {
  const hint = "name another file, it is not replaced";
  try {
    await layer.size(path);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return null;
    if (codeOf(thrown) === "FTS_STATE") return `it is no regular file; ${hint}`;
    throw thrown;
  }
  const file = await layer.openToRead(path);
  try {
    const problem = captureProblem(await layer.read(file, 0, CAPTURE_HEADER));
    return problem === null ? null : `a file is there that is no capture: ${problem}; ${hint}`;
  } finally {
    await layer.close(file);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist; create it, or name another file with --record",
  ENOTDIR: "its directory is a file; name another file with --record",
  EACCES: "no permission; give this user permission to write there, or name another file with --record",
  EPERM: "no permission; give this user permission to write there, or name another file with --record",
  EROFS: "the file system is read-only; name another file with --record",
  ENOSPC: "the disk is full; make room, or name another file with --record",
};
