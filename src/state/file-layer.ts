import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  lstat,
  open,
  read,
  readdir,
  rename,
  rmdir,
  unlink,
  write,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { codeOf, FastTsError } from "../errors.ts";
import { makeDirectory } from "../system/make-directory.ts";

/**
 * The calls of a file system that a log on disk is made of: Node's, or one in a test that fails when it is told to. Files
 * are regular files: Node's refuses a link, which may lead to a file of somebody else, and a FIFO, at which it would wait.
 */
export interface FileLayer {
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, in no order; none when it is not there, or no directory. */
  list(path: string): Promise<string[]>;
  /** Those of them that are directories; a link is none. */
  listDirectories(path: string): Promise<string[]>;
  /** A descriptor for reading and writing; the file is made, mode 0600, when it is not there. */
  open(path: string): Promise<number>;
  /** A descriptor for writing a new file, mode 0600: what has its name is removed. */
  create(path: string): Promise<number>;
  /** A descriptor for reading. */
  openToRead(path: string): Promise<number>;
  close(file: number): Promise<void>;
  size(path: string): Promise<number>;
  /** When it was written or renamed last, Unix seconds. */
  changedAt(path: string): Promise<number>;
  /** Writes all of it at a position. When it rejects, some of it may be there. */
  write(file: number, bytes: Buffer, at: number): Promise<void>;
  /** As `write`, before it returns; throws when it fails. @default there is no such call */
  writeNow?(file: number, bytes: Buffer, at: number): void;
  /** Reads as many bytes as there are, up to `length`. */
  read(file: number, at: number, length: number): Promise<Buffer>;
  truncate(file: number, length: number): Promise<void>;
  /** What was written to the file survives a power cut. */
  sync(file: number): Promise<void>;
  /** So do the names in a directory. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Removes a directory; one that is not empty stays. */
  removeDirectory(path: string): Promise<void>;
}

/** Whether a file or directory is not there, or not any more. */
export function isGone(thrown: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(thrown));
}

const calls = {
  close: promisify(close),
  open: promisify(open),
  read: promisify(read),
  write: promisify(write),
  fstat: promisify(fstat),
  syncDirectory: promisify(fsync),
  list: promisify(readdir),
  lstat: promisify(lstat),
};

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

async function openFile(path: string, flags: number): Promise<number> {
  const file = await calls.open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600).catch((thrown) => {
    throw ["ELOOP", "ENXIO"].includes(codeOf(thrown)) ? notRegular(path) : thrown;
  });
  if ((await calls.fstat(file)).isFile()) return file;
  await calls.close(file);
  throw notRegular(path);
}

function noneIfGone(thrown: unknown): never[] {
  if (isGone(thrown)) return [];
  throw thrown;
}

function notRegular(path: string): Error {
  return new FastTsError("FTS_STATE", `${path} is not a regular file: move it away`);
}

export const NODE_FILES: FileLayer = {
  makeDirectory: (path) => makeDirectory(path, 0o700),
  list: (path) => calls.list(path).catch(noneIfGone),
  async listDirectories(path) {
    const found = await calls.list(path, { withFileTypes: true }).catch(noneIfGone);
    return found.flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  },
  open: (path) => openFile(path, O_RDWR | O_CREAT),
  async create(path) {
    await NODE_FILES.remove(path).catch((thrown) => {
      if (!isGone(thrown)) throw thrown;
    });
    return openFile(path, O_RDWR | O_CREAT | O_EXCL);
  },
  openToRead: (path) => openFile(path, O_RDONLY),
  close: calls.close,
  async size(path) {
    const found = await calls.lstat(path);
    if (!found.isFile()) throw notRegular(path);
    return found.size;
  },
  changedAt: async (path) => (await calls.lstat(path)).ctimeMs / 1000,
  async write(file, bytes, at) {
    for (let done = 0; done < bytes.length; )
      done += (await calls.write(file, bytes, done, bytes.length - done, at + done)).bytesWritten;
  },
  writeNow(file, bytes, at) {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  },
  async read(file, at, length) {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await calls.read(file, bytes, done, length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  },
  truncate: promisify(ftruncate),
  // With its length, without its times.
  sync: promisify(fdatasync),
  async syncDirectory(path) {
    const directory = await calls.open(path, O_RDONLY);
    try {
      await calls.syncDirectory(directory);
    } finally {
      await calls.close(directory);
    }
  },
  rename: promisify(rename),
  remove: promisify(unlink),
  async removeDirectory(path) {
    await promisify(rmdir)(path).catch((error) => {
      if (codeOf(error) !== "ENOTEMPTY") throw error;
    });
  },
};
