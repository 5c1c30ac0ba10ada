import { type FileHandle, open as openFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { coerceError } from "../errors.ts";
import { makeDirectory } from "../system/make-directory.ts";
import { Rotation } from "./file-rotation.ts";

/** What the writer of a file is made of. */
export interface FileConfig {
  /** Absolute. */
  readonly path: string;
  readonly rotate: { readonly bytes?: number; readonly seconds?: number; readonly keep?: number };
  readonly gzip: boolean;
  readonly fsync: boolean;
}

/** The writer of a file: see `file`. */
export function open({ path, ...how }: FileConfig, { clock, log }: TargetScope): TargetWriter<string> {
  const file = new AppendedFile(path, how, clock, (error) =>
    log.warn("a rotated file could not be compressed or removed", { file: path, error: error.message }),
  );
  return {
    write: (lines, signal) => file.append(Buffer.from(lines.join("")), signal),
    close: () => file.close(),
  };
}

/** What is open: the file's handle, its length and number, and when it was begun, by `elapsed`. */
interface Opened {
  readonly handle: FileHandle;
  readonly inode: number;
  readonly begun: number;
  size: number;
}

/** A file of whole lines that others may move away at any time. */
class AppendedFile {
  readonly #path: string;
  readonly #how: Omit<FileConfig, "path">;
  readonly #clock: Clock;
  readonly #rotation: Rotation;
  #opened: Opened | null = null;
  /** One after the other, the last close included. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string, how: Omit<FileConfig, "path">, clock: Clock, onTrouble: (error: Error) => void) {
    this.#path = path;
    this.#how = how;
    this.#clock = clock;
    this.#rotation = new Rotation(path, { gzip: how.gzip, keep: how.rotate.keep }, onTrouble);
  }

  /** Resolves when the operating system, or with `fsync` the disk, has the lines. */
  append(lines: Buffer, signal: AbortSignal): Promise<void> {
    const work = this.#work.then(() => this.#append(lines, signal));
    this.#work = work.catch(() => {});
    return work;
  }

  close(): void {
    this.#work = this.#work.then(() => this.#end());
  }

  async #append(lines: Buffer, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      const file = await this.#current(lines.length);
      await writeAll(file, lines, this.#how.fsync, signal);
    } catch (thrown) {
      await this.#end();
      const error = coerceError(thrown);
      throw new DeliveryFailure("retry", `${this.#path}: ${error.message}`, { cause: error });
    }
  }

  /** The file that takes `bytes` more. */
  async #current(bytes: number): Promise<Opened> {
    const there = await stat(this.#path).catch(() => null);
    if (this.#opened !== null && there?.ino !== this.#opened.inode) await this.#end();
    const file = this.#opened ?? (await this.#begin());
    if (!this.#isOver(file, bytes)) return file;
    await this.#end();
    await this.#rotation.moveAway(this.#clock.now());
    return this.#begin();
  }

  #isOver({ size, begun }: Opened, bytes: number): boolean {
    const { rotate } = this.#how;
    const isFull = rotate.bytes !== undefined && size + bytes > rotate.bytes;
    const isOld = rotate.seconds !== undefined && this.#clock.elapsed() - begun >= rotate.seconds;
    return size > 0 && (isFull || isOld);
  }

  async #begin(): Promise<Opened> {
    await makeDirectory(dirname(this.#path));
    const handle = await openFile(this.#path, "a+");
    const { size, ino, birthtimeMs } = await handle.stat();
    const age = size === 0 ? 0 : Math.max(0, this.#clock.now() - birthtimeMs / 1000);
    this.#opened = { handle, inode: ino, size, begun: this.#clock.elapsed() - age };
    if (size > 0) await endLastLine(this.#opened);
    return this.#opened;
  }

  async #end(): Promise<void> {
    const file = this.#opened;
    this.#opened = null;
    await file?.handle.close().catch(() => {});
  }
}

async function writeAll(file: Opened, lines: Buffer, fsync: boolean, signal: AbortSignal): Promise<void> {
  try {
    for (let at = 0; at < lines.length; ) at += (await file.handle.write(lines, at)).bytesWritten;
    if (fsync) await file.handle.datasync();
    signal.throwIfAborted();
  } catch (thrown) {
    // All of it is written again, also when it took too long: what is there of it would be half a line, or come twice.
    await file.handle.truncate(file.size).catch(() => {});
    throw thrown;
  }
  file.size += lines.length;
}

/** A process that died may have left half a line. */
async function endLastLine(file: Opened): Promise<void> {
  const { buffer } = await file.handle.read(Buffer.alloc(1), 0, 1, file.size - 1);
  if (buffer[0] === 10) return;
  await file.handle.write("\n");
  file.size++;
}
