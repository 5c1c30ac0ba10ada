import { join } from "node:path";
import { checksum } from "./entry.ts";
import type { FileLayer } from "./file-layer.ts";

/*
 * cursor:  two slots of | number, 64-bit float | writes, 32 bits | checksum of the 12 bytes before, 32 bits |   little-endian
 *
 * The slots are written in turns: of a write that was cut off, the slot before it is left.
 */
const SLOT_BYTES = 16;
const CURSOR = "cursor";

/** A number on disk that is replaced often, and that a cut at any byte leaves as it was before. */
export class CursorFile {
  readonly #files: FileLayer;
  #file: number | null = null;
  #writes = 0;
  /** What is on disk; 1, the number of the first item, when nothing is. */
  #saved = 1;
  value = 1;

  constructor(files: FileLayer) {
    this.#files = files;
  }

  async open(dir: string): Promise<void> {
    this.#file = await this.#files.open(join(dir, CURSOR));
    await this.#read(this.#file);
  }

  /** Reads the number beside those who write it. */
  async peek(dir: string): Promise<void> {
    if (!(await this.#files.list(dir)).includes(CURSOR)) return;
    const file = await this.#files.openToRead(join(dir, CURSOR));
    await this.#read(file).finally(() => this.#files.close(file));
  }

  /** Writes the number, unless it is there. */
  async save(): Promise<void> {
    const { value } = this;
    if (this.#file === null || value === this.#saved) return;
    this.#writes++;
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.writeDoubleLE(value, 0);
    slot.writeUInt32LE(this.#writes, 8);
    slot.writeUInt32LE(checksum(slot.subarray(0, 12)), 12);
    await this.#files.write(this.#file, slot, (this.#writes % 2) * SLOT_BYTES);
    this.#saved = value;
  }

  async sync(): Promise<void> {
    if (this.#file !== null) await this.#files.sync(this.#file);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file !== null) await this.#files.close(file);
  }

  async remove(dir: string): Promise<void> {
    await this.#files.remove(join(dir, CURSOR));
  }

  async #read(file: number): Promise<void> {
    const bytes = await this.#files.read(file, 0, 2 * SLOT_BYTES);
    for (const slot of [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)]) {
      if (slot.length < SLOT_BYTES || checksum(slot.subarray(0, 12)) !== slot.readUInt32LE(12)) continue;
      if (slot.readUInt32LE(8) < this.#writes) continue;
      this.#writes = slot.readUInt32LE(8);
      this.#saved = slot.readDoubleLE(0);
      this.value = this.#saved;
    }
  }
}
