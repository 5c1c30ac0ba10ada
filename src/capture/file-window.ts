import { closeSync, readSync } from "node:fs";

const READ_BYTES = 256 * 1024;
/** Enough for a capture's header: a file whose turn has not come yet takes no more. */
const FIRST_BYTES = 4096;

/** A part of a file in memory that moves over it from the beginning to the end, and grows as it must. */
export class FileWindow {
  /** The part in memory: what is to come begins at `at`. Another one after `ensure`. */
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  readonly #file: number;
  #end = 0;
  /** Bytes of the file before `bytes`. */
  #before = 0;
  #isOpen = true;

  constructor(file: number) {
    this.#file = file;
  }

  /** Where in the file `at` is. */
  get position(): number {
    return this.#before + this.at;
  }

  /** What is in memory and to come. */
  get left(): Buffer {
    return this.bytes.subarray(this.at, this.#end);
  }

  /**
   * Reads until this many bytes from `at` on are in memory; false when the file ends before. Memory comes with the
   * bytes.
   */
  ensure(count: number): boolean {
    while (this.#end - this.at < count) {
      if (this.#end === this.bytes.length) this.#makeRoom();
      const got = readSync(this.#file, this.bytes, this.#end, this.bytes.length - this.#end, null);
      if (got === 0) return false;
      this.#end += got;
    }
    return true;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** Closes the file and forgets its bytes. Idempotent. */
  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
    this.bytes = Buffer.alloc(0);
  }

  #makeRoom(): void {
    const { left } = this;
    const more = this.bytes.length === 0 ? FIRST_BYTES : Math.max(READ_BYTES, left.length);
    const bytes = Buffer.allocUnsafeSlow(left.length + more);
    left.copy(bytes);
    this.#before += this.at;
    this.#end = left.length;
    this.at = 0;
    this.bytes = bytes;
  }
}
