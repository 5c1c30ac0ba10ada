import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../core/clock.ts";
import { FastTsError } from "../errors.ts";
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
}

/** A capture on disk, readable for its owner only. When it is full it becomes `path.1`, what was `path.1` `path.2`, … */
export class RotatingFile implements Disk {
  readonly #options: RotatingFileOptions;
  /** Null after trouble: the next run begins a file. */
  #file: FileHandle | null = null;
  #bytes = 0;
  #lock: FileLock | null = null;

  /** Touches nothing before it is opened. */
  constructor(options: RotatingFileOptions) {
    this.#options = { ...options, path: resolve(options.path) };
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
      const problem = this.#lock === null ? "another fast-ts records there; name another file" : await whyNotOurs(path);
      if (problem !== null) throw new Error(problem);
      await this.#begin();
    } catch (cause) {
      const words = cause instanceof Error ? (WORDS["code" in cause ? String(cause.code) : ""] ?? cause.message) : "";
      throw new FastTsError("FTS_START", `cannot record to ${path}: ${words}`, { cause });
    }
  }

  async append(bytes: Buffer, from: number, end: number): Promise<number> {
    if (this.#lock === null) throw new Error("the file is not open yet");
    const isFull = this.#bytes > CAPTURE_HEADER && runsWithin(bytes, from, end, 0).next - from > this.#room;
    const file = this.#file === null || isFull ? await this.#begin() : this.#file;
    const { next } = runsWithin(bytes, from, end, this.#room);
    try {
      await writeAll(file, bytes, from, next, this.#bytes);
    } catch (thrown) {
      // Half a run in the middle would make the rest unreadable.
      await file.truncate(this.#bytes).catch(() => this.#closeFile());
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
    await file?.close();
  }

  get #room(): number {
    return this.#options.size - this.#bytes;
  }

  async #begin(): Promise<FileHandle> {
    const { path, clock } = this.#options;
    await this.#closeFile();
    await this.#rotate();
    const file = await open(path, "wx", 0o600);
    try {
      await writeAll(file, captureHeader(clock.now()), 0, CAPTURE_HEADER, 0);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    this.#file = file;
    this.#bytes = CAPTURE_HEADER;
    return file;
  }

  /** Makes way for a new file. One without a run is thrown away: a daemon that starts in vain pushes no traffic out. */
  async #rotate(): Promise<void> {
    const { path, files } = this.#options;
    const size = (await statOf(path))?.size ?? 0;
    const nameOf = (age: number): string => (age === 0 ? path : `${path}.${age}`);
    if (size > CAPTURE_HEADER)
      for (let age = files - 1; age > 0; age--)
        if ((await statOf(nameOf(age - 1))) !== null) await rename(nameOf(age - 1), nameOf(age));
    await rm(path, { force: true });
  }
}

/** Why the existing file must not be replaced; null when it may, or when there is none. */
async function whyNotOurs(path: string): Promise<string | null> {
  const found = await statOf(path);
  if (found === null) return null;
  const hint = "name another file, it is not replaced";
  if (!found.isFile()) return `it is no regular file; ${hint}`;
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CAPTURE_HEADER));
    const problem = captureProblem(buffer.subarray(0, bytesRead));
    return problem === null ? null : `a file is there that is no capture: ${problem}; ${hint}`;
  } finally {
    await file.close();
  }
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  return stat(path).catch((error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
}

async function writeAll(file: FileHandle, bytes: Buffer, from: number, end: number, position: number): Promise<void> {
  for (let at = from; at < end; ) at += (await file.write(bytes, at, end - at, position + at - from)).bytesWritten;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist; create it, or name another file with --record",
  ENOTDIR: "its directory is a file; name another file with --record",
  EACCES: "no permission; give this user permission to write there, or name another file with --record",
  EPERM: "no permission; give this user permission to write there, or name another file with --record",
  EROFS: "the file system is read-only; name another file with --record",
  ENOSPC: "the disk is full; make room, or name another file with --record",
};
