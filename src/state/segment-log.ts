import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { FileLayer } from "./file-layer.ts";

/*
 * A log on disk: records with consecutive numbers, in segments that are named by the number of their first record.
 *
 *   00000000000000000001.seg:  | MAGIC | record | record | …
 *   record:                    | length, 32 bits | checksum of the payload, 32 bits | payload |      little-endian
 *   cursor:                    two slots of | number, 64-bit float | writes, 32 bits | checksum of the 12 bytes before |
 *
 * A record is there when its checksum is right; the last segment is cut off behind its last whole record when the log is
 * opened, so that a power cut at any byte costs what was being written. The cursor's slots are written in turns: of a
 * write that was cut off the slot before it is left.
 */
const MAGIC = Buffer.from("FTSSEG1\n");
const HEADER_BYTES = 8;
const SLOT_BYTES = 16;
/** A length beyond it is no length. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;
const CURSOR = "cursor";

export interface SegmentLogOptions {
  readonly dir: string;
  readonly files: FileLayer;
  /** A segment that has so many bytes is followed by the next. @default 16 MiB */
  readonly segmentBytes?: number;
  /** Told of a segment that cannot be read and was set aside, and how many records were lost with it. */
  onDamage(name: string, why: string, records: number): void;
}

interface Segment {
  readonly name: string;
  /** Number of its first record. */
  readonly first: number;
  bytes: number;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** Appends records, reads them in order from any one on, and forgets those before the cursor. One process per directory. */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #files: FileLayer;
  readonly #segments: Segment[] = [];
  #tail: number | null = null;
  #next = 1;
  #cursor = 1;
  #cursorFile: number | null = null;
  #cursorWrites = 0;
  /** Appended and not written yet, with consecutive numbers. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#files = options.files;
  }

  /** Opens the log of a directory, which is made when it is not there. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(options);
    await log.#open();
    return log;
  }

  /** The number of the next record. */
  get next(): number {
    return this.#next;
  }

  /** The number of the first record that is not done with. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Bytes on disk and on their way to it. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, this.#pendingBytes);
  }

  /** Bytes on their way to the disk, in memory. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The number of the first record after the oldest segment; null when there is no other segment. */
  get endOfOldest(): number | null {
    return this.#segments[1]?.first ?? null;
  }

  /** Takes a record; `flush` writes it. Returns its number. */
  append(payload: Buffer): number {
    this.#pending.push(payload);
    this.#pendingBytes += HEADER_BYTES + payload.length;
    return this.#next++;
  }

  /** Writes what was appended, in one write. Rejects when the disk does not take it: it stays to be written. */
  flush(): Promise<void> {
    const flushed = this.#writing.then(() => this.#flush());
    this.#writing = flushed.catch(() => {});
    return flushed;
  }

  /** What was flushed survives a power cut. */
  async sync(): Promise<void> {
    if (this.#tail !== null) await this.#files.sync(this.#tail);
    if (this.#cursorFile !== null) await this.#files.sync(this.#cursorFile);
  }

  /** Records before `number` are done with: segments with none but those are removed. */
  async advance(number: number): Promise<void> {
    if (number <= this.#cursor) return;
    this.#cursor = number;
    await this.#writeCursor();
    while (this.#segments.length > 1 && (this.#segments[1]?.first ?? 0) <= number) await this.#removeOldest();
  }

  /** Reads records in order from `number` on, also what is not written yet: `onRecord` is given each, until it returns false. */
  async read(number: number, onRecord: (payload: Buffer, number: number) => boolean): Promise<void> {
    let at = Math.max(number, this.#segments[0]?.first ?? 1);
    for (;;) {
      const index = this.#segments.findLastIndex(({ first }) => first <= at);
      const segment = this.#segments[index];
      if (segment === undefined) break;
      const end = await this.#readSegment(segment, at, onRecord);
      if (end === null) return;
      at = Math.max(at, end);
      const following = this.#segments[index + 1];
      if (following === undefined) break;
      at = following.first;
    }
    const first = this.#next - this.#pending.length;
    for (const [offset, payload] of this.#pending.entries())
      if (first + offset >= at && !onRecord(payload, first + offset)) return;
  }

  async close(): Promise<void> {
    await this.flush().catch(() => {});
    if (this.#tail !== null) await this.#files.close(this.#tail);
    if (this.#cursorFile !== null) await this.#files.close(this.#cursorFile);
    this.#tail = null;
    this.#cursorFile = null;
  }

  async #open(): Promise<void> {
    const { dir } = this.#options;
    await this.#files.makeDirectory(dir);
    const names = (await this.#files.list(dir)).filter((name) => /^\d{20}\.seg$/.test(name)).sort();
    for (const name of names)
      this.#segments.push({ name, first: Number(name.slice(0, 20)), bytes: await this.#files.size(join(dir, name)) });
    await this.#openTail();
    await this.#readCursor();
  }

  /** Opens the last segment, cut off behind its last whole record. */
  async #openTail(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    const { end, next } = await this.#scan(last);
    if (end === 0 && last.bytes > 0) {
      await this.#setAside(last, "it does not begin as a segment of FastTS", 0);
      return this.#openTail();
    }
    last.bytes = Math.max(end, MAGIC.length);
    this.#next = next;
    this.#tail = await this.#files.open(this.#path(last));
    if (end === 0) await this.#files.write(this.#tail, MAGIC, 0);
  }

  async #scan(segment: Segment): Promise<{ readonly end: number; readonly next: number }> {
    let next = segment.first;
    const end = await this.#walk(segment, () => {
      next++;
      return true;
    });
    return { end, next };
  }

  /** Gives each whole record of a segment to `onRecord` until that returns false; returns where the last one ended. */
  async #walk(segment: Segment, onRecord: (payload: Buffer) => boolean): Promise<number> {
    const file = await this.#files.open(this.#path(segment));
    try {
      let held: Buffer = await this.#files.read(file, 0, READ_BYTES);
      if (!held.subarray(0, MAGIC.length).equals(MAGIC)) return 0;
      let base = 0; // where in the file `held` begins
      let at = MAGIC.length;
      for (;;) {
        const length = held.length - at >= HEADER_BYTES ? held.readUInt32LE(at) : -1;
        if (length > MAX_RECORD_BYTES) return base + at;
        const isWhole = length >= 0 && held.length - at >= HEADER_BYTES + length;
        if (!isWhole) {
          const more = await this.#files.read(file, base + at, Math.max(READ_BYTES, HEADER_BYTES + length));
          if (more.length <= held.length - at) return base + at;
          base += at;
          at = 0;
          held = more;
          continue;
        }
        const payload = held.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
        if (checksum(payload) !== held.readUInt32LE(at + 4)) return base + at;
        at += HEADER_BYTES + length;
        if (!onRecord(payload)) return base + at;
      }
    } finally {
      await this.#files.close(file);
    }
  }

  /** Returns null when the reader has had enough. */
  async #readSegment(
    segment: Segment,
    from: number,
    onRecord: (payload: Buffer, number: number) => boolean,
  ): Promise<number | null> {
    let number = segment.first;
    let isEnough = false;
    const end = await this.#walk(segment, (payload) => {
      if (number >= from && !onRecord(Buffer.from(payload), number)) isEnough = true;
      number++;
      return !isEnough;
    });
    if (isEnough) return null;
    const isTail = segment === this.#segments.at(-1);
    if (!isTail && end < segment.bytes) {
      const lost = (this.#segments[this.#segments.indexOf(segment) + 1]?.first ?? number) - number;
      await this.#setAside(segment, `record ${number} is damaged`, lost);
    }
    return number;
  }

  async #setAside(segment: Segment, why: string, records: number): Promise<void> {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    await this.#files.rename(this.#path(segment), `${this.#path(segment)}.damaged`);
    this.#options.onDamage(segment.name, why, records);
  }

  async #flush(): Promise<void> {
    const count = this.#pending.length;
    if (count === 0) return;
    const bytes = framed(this.#pending);
    const first = this.#next - count;
    const tail = await this.#tailFor(first);
    await this.#files.write(tail.file, bytes, tail.segment.bytes);
    tail.segment.bytes += bytes.length;
    this.#pending = this.#pending.slice(count);
    this.#pendingBytes -= bytes.length;
  }

  async #tailFor(first: number): Promise<{ readonly file: number; readonly segment: Segment }> {
    const last = this.#segments.at(-1);
    const most = this.#options.segmentBytes ?? SEGMENT_BYTES;
    if (last !== undefined && this.#tail !== null && last.bytes < most) return { file: this.#tail, segment: last };
    if (this.#tail !== null) {
      await this.#files.sync(this.#tail);
      await this.#files.close(this.#tail);
      this.#tail = null;
    }
    const segment = { name: `${String(first).padStart(20, "0")}.seg`, first, bytes: MAGIC.length };
    const file = await this.#files.open(this.#path(segment));
    await this.#files.write(file, MAGIC, 0);
    this.#tail = file;
    this.#segments.push(segment);
    return { file, segment };
  }

  async #removeOldest(): Promise<void> {
    const oldest = this.#segments.shift();
    if (oldest !== undefined) await this.#files.remove(this.#path(oldest));
  }

  async #readCursor(): Promise<void> {
    this.#cursorFile = await this.#files.open(join(this.#options.dir, CURSOR));
    const bytes = await this.#files.read(this.#cursorFile, 0, 2 * SLOT_BYTES);
    for (const slot of [bytes.subarray(0, SLOT_BYTES), bytes.subarray(SLOT_BYTES)]) {
      if (slot.length < SLOT_BYTES || checksum(slot.subarray(0, 12)) !== slot.readUInt32LE(12)) continue;
      if (slot.readUInt32LE(8) < this.#cursorWrites) continue;
      this.#cursorWrites = slot.readUInt32LE(8);
      this.#cursor = slot.readDoubleLE(0);
    }
    const first = this.#segments[0]?.first ?? this.#cursor;
    this.#cursor = Math.max(this.#cursor, first);
    // The end of the last segment was lost, and the cursor stands behind it: numbers go on there, in a segment of their own.
    if (this.#next < this.#cursor) {
      this.#next = this.#cursor;
      if (this.#tail !== null) await this.#files.close(this.#tail);
      this.#tail = null;
    }
    while (this.#segments.length > 1 && (this.#segments[1]?.first ?? 0) <= this.#cursor) await this.#removeOldest();
  }

  async #writeCursor(): Promise<void> {
    if (this.#cursorFile === null) return;
    this.#cursorWrites++;
    const slot = Buffer.alloc(SLOT_BYTES);
    slot.writeDoubleLE(this.#cursor, 0);
    slot.writeUInt32LE(this.#cursorWrites, 8);
    slot.writeUInt32LE(checksum(slot.subarray(0, 12)), 12);
    await this.#files.write(this.#cursorFile, slot, (this.#cursorWrites % 2) * SLOT_BYTES);
  }

  #path({ name }: Segment): string {
    return join(this.#options.dir, name);
  }
}

/** The records as they stand in a segment. */
function framed(payloads: readonly Buffer[]): Buffer {
  const size = payloads.reduce((sum, { length }) => sum + HEADER_BYTES + length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const payload of payloads) {
    bytes.writeUInt32LE(payload.length, at);
    bytes.writeUInt32LE(checksum(payload), at + 4);
    payload.copy(bytes, at + HEADER_BYTES);
    at += HEADER_BYTES + payload.length;
  }
  return bytes;
}

/** CRC-32 that is not 0 of nothing: a hole in a file, which reads as zeros, is no record. */
function checksum(bytes: Buffer): number {
  return (crc32(bytes) ^ 0xffffffff) >>> 0;
}
