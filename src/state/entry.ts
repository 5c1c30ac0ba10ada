import { crc32 } from "node:zlib";
import type { FileLayer } from "./file-layer.ts";

/*
 * What a segment is made of:
 *
 *   | MAGIC | entry | entry | …
 *   entry:  | length of the payload, 32 bits | checksum of what follows, 32 bits | items, 32 bits | payload |   little-endian
 */
export const MAGIC = Buffer.from("FTSSEG1\n");
/** Bytes in front of a payload. */
export const HEADER_BYTES = 12;
/** A greater length is no length. */
export const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;

/** A payload that stands for some items. */
export interface Entry {
  readonly items: number;
  readonly payload: Buffer;
}

/** The items that entries stand for. */
export function itemsOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { items }) => sum + items, 0);
}

/** The bytes that entries take in a segment. */
export function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { payload }) => sum + HEADER_BYTES + payload.length, 0);
}

/** The entries as they stand in a segment. */
export function encodeEntries(entries: readonly Entry[]): Buffer {
  return encodeInto(Buffer.allocUnsafe(bytesOf(entries)), entries);
}

/** As {@link encodeEntries}, in memory that is used again by the next call: memory that is new costs more than the copy. */
export function encodeBriefly(entries: readonly Entry[]): Buffer {
  const length = bytesOf(entries);
  if (length > brief.length) brief = Buffer.allocUnsafeSlow(length);
  return encodeInto(brief.subarray(0, length), entries);
}

let brief = Buffer.alloc(0);

function encodeInto(bytes: Buffer, entries: readonly Entry[]): Buffer {
  let at = 0;
  for (const { items, payload } of entries) {
    const end = at + HEADER_BYTES + payload.length;
    payload.copy(bytes, at + HEADER_BYTES);
    seal(bytes.subarray(at, end), items);
    at = end;
  }
  return bytes;
}

/** Makes an entry of a payload with room for a header in front: it needs no copy then. */
export function seal(bytes: Buffer, items: number): void {
  bytes.writeUInt32LE(bytes.length - HEADER_BYTES, 0);
  bytes.writeUInt32LE(items, 8);
  bytes.writeUInt32LE(checksum(bytes.subarray(8)), 4);
}

/** The entry at a place, and where it ends; null when none is whole there. */
function entryAt(bytes: Buffer, at: number): { readonly entry: Entry; readonly end: number } | null {
  const end = entryEnd(bytes, at);
  if (end === null || end > bytes.length || checksum(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4))
    return null;
  return { entry: { items: bytes.readUInt32LE(at + 8), payload: bytes.subarray(at + HEADER_BYTES, end) }, end };
}

/** Where the entry at a place says that it ends; null when that makes no sense, or its header is not all there. */
function entryEnd(bytes: Buffer, at: number): number | null {
  if (bytes.length - at < HEADER_BYTES) return null;
  const length = bytes.readUInt32LE(at);
  return length > MAX_PAYLOAD_BYTES ? null : at + HEADER_BYTES + length;
}

/** Bytes up to the last one that is not 0. */
export function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** Whether a whole entry ends where these bytes do, and does not begin with them. */
function endsInEntry(bytes: Buffer): boolean {
  for (let at = bytes.length - HEADER_BYTES; at > 0; at--)
    if (entryEnd(bytes, at) === bytes.length && entryAt(bytes, at) !== null) return true;
  return false;
}

/** Reads the entries of a file one after the other. */
export class EntryReader {
  readonly #files: FileLayer;
  readonly #file: number;
  /** Where the last entry that was read ended. */
  at: number;

  constructor(files: FileLayer, file: number, at: number) {
    this.#files = files;
    this.#file = file;
    this.at = at;
  }

  /** The next entries before `end`, about as many as fit into `bytes`, but one at least; none where there is no whole one. */
  async read(bytes: number, end: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    let block = await this.#block(Math.min(bytes, end - this.at));
    const needed = (entryEnd(block, 0) ?? 0) - block.length;
    if (needed > 0 && this.at + block.length + needed <= end) block = await this.#block(block.length + needed);
    let from = 0;
    for (let found = entryAt(block, from); found !== null; found = entryAt(block, from)) {
      entries.push(found.entry);
      from = found.end;
    }
    this.at += from;
    return entries;
  }

  /** Whether a power cut leaves what stands up to `end`: the beginning of one write, and zeros where it was not written. */
  async isCutOff(end: number): Promise<boolean> {
    const rest = await this.#block(end - this.at);
    const { length } = withoutZeros(rest);
    const isBegun = length < HEADER_BYTES || (entryEnd(rest, 0) ?? 0) > length;
    return isBegun && !(await this.#isFollowed(end)) && !endsInEntry(rest);
  }

  /** Whether a whole entry follows where the one here says that it ends. */
  async #isFollowed(end: number): Promise<boolean> {
    const next = entryEnd(await this.#block(HEADER_BYTES), 0);
    if (next === null || this.at + next >= end) return false;
    const reader = new EntryReader(this.#files, this.#file, this.at + next);
    return (await reader.read(HEADER_BYTES, end)).length > 0;
  }

  #block(length: number): Promise<Buffer> {
    return this.#files.read(this.#file, this.at, Math.max(0, length));
  }
}

/** CRC-32 that is not 0 of nothing: a hole in a file, which reads as zeros, is no entry. */
export function checksum(bytes: Buffer, before = 0xffffffff): number {
  return (crc32(bytes, (before ^ 0xffffffff) >>> 0) ^ 0xffffffff) >>> 0;
}

/** As many entries as take so many bytes, but one at least. */
export function firstOf(group: readonly Entry[], maxBytes: number): readonly Entry[] {
  let count = 1;
  for (let bytes = bytesOf(group.slice(0, 1)); count < group.length; count++) {
    bytes += bytesOf(group.slice(count, count + 1));
    if (bytes > maxBytes) break;
  }
  return count === group.length ? group : group.slice(0, count);
}
