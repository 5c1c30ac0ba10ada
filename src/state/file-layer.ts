import { close, constants, fsync, mkdir, open, read, readdir, rename, stat, unlink, write } from "node:fs";
import { promisify } from "node:util";

const [openFile, closeFile, writeFile, readFile] = [
  promisify(open),
  promisify(close),
  promisify(write),
  promisify(read),
];

/** The calls of a file system that a log on disk is made of: Node's, or one in a test that fails when it is told to. */
export interface FileLayer {
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, in no order. */
  list(path: string): Promise<string[]>;
  /** A descriptor for reading and writing; the file is made, mode 0600, when it is not there. */
  open(path: string): Promise<number>;
  close(file: number): Promise<void>;
  size(path: string): Promise<number>;
  /** Writes all of it at a position. */
  write(file: number, bytes: Buffer, at: number): Promise<void>;
  /** Reads as many bytes as there are, up to `length`. */
  read(file: number, at: number, length: number): Promise<Buffer>;
  sync(file: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export const NODE_FILES: FileLayer = {
  async makeDirectory(path) {
    await promisify(mkdir)(path, { recursive: true, mode: 0o700 });
  },
  list: (path) => promisify(readdir)(path),
  open: (path) => openFile(path, constants.O_RDWR | constants.O_CREAT, 0o600),
  close: (file) => closeFile(file),
  size: async (path) => (await promisify(stat)(path)).size,
  async write(file, bytes, at) {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeFile(file, bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  },
  async read(file, at, length) {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await readFile(file, bytes, done, length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  },
  sync: (file) => promisify(fsync)(file),
  rename: (from, to) => promisify(rename)(from, to),
  remove: (path) => promisify(unlink)(path),
};
