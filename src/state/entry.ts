import { crc32 } from "node:zlib";
import type { FileLayer } from "./file-layer.ts";

/*
 * What a segment is made of:
 *
 *   | MAGIC | entry | entry | …
 *   entry:  | length of the payload, 32 bits | checksum of what follows, 32 bits | items, 32 bits | payload |   little-endian
 */
export const MAGIC = Buffer.from("FTSSEG1\n");
export const HEADER_BYTES = 12;
/** A greater length is no length. */
export const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;

/** A payload that stands for some items. */
export interface Entry {
  readonly items: number;
  readonly payload: Buffer;
  /** The payload, and in front of it `HEADER_BYTES` that may be overwritten: it is written without a copy. */
  readonly framed?: Buffer;
}

/** The bytes that entries take in a segment. */
export function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { payload }) => sum + HEADER_BYTES + payload.length, 0);
}

/** Some of what is written to a segment, and where it goes. */
interface Piece {
  readonly bytes: Buffer;
  readonly at: number;
}

/** The entries as they stand in a segment from `at` on: a piece for each that is framed, and for all that stand between. */
export function encodeEntries(entries: readonly Entry[], at: number): Piece[] {
  const pieces: Piece[] = [];
  let end = at;
  for (let from = 0, to = 0; from < entries.length; from = to) {
    const framed = entries[to++]?.framed;
    if (framed === undefined) while (to < entries.length && entries[to]?.framed === undefined) to++;
    const some = entries.slice(from, to);
    const bytes = framed ?? copyOf(some);
    writeHeaders(bytes, some);
    pieces.push({ bytes, at: end });
    end += bytes.length;
  }
  return pieces;
}

/** The payloads, each with room for a header in front. */
function copyOf(entries: readonly Entry[]): Buffer {
  const bytes = Buffer.allocUnsafe(bytesOf(entries));
  let at = 0;
  for (const { payload } of entries) at += HEADER_BYTES + payload.copy(bytes, at + HEADER_BYTES);
  return bytes;
}

function writeHeaders(bytes: Buffer, entries: readonly Entry[]): void {
  let at = 0;
  for (const { items, payload } of entries) {
    const end = at + HEADER_BYTES + payload.length;
    bytes.writeUInt32LE(payload.length, at);
    bytes.writeUInt32LE(items, at + 8);
    bytes.writeUInt32LE(checksum(bytes.subarray(at + 8, end)), at + 4);
    at = end;
  }
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
