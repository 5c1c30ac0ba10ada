import type { Giver } from "../core/target-port.ts";
import type { Entry } from "../state/entry.ts";
import type { Part } from "./backlog.ts";
import type { ItemCodec } from "./item-codec.ts";

/*
 * Consecutive items of one giver on disk:
 *
 *   | giver, 32 bits | came, Unix seconds, 64-bit float | events, 32 bits | bytes in memory, 32 bits | length, 32 bits | item | length | item | …
 */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const MAX_COUNTED_BYTES = 0xffffffff;

/** What an entry holds. */
export interface SpilledItems<T> {
  readonly items: readonly T[];
  readonly events: number;
  readonly bytes: number;
  /** When the first of them came, Unix seconds. */
  readonly born: number;
}

/** Of what is on disk, as it is for this process. */
export interface SpillOrigin<T> {
  giverOf(giver: number): Giver<T>;
  /** When it came, by `elapsed`. @param came - Unix seconds */
  bornOf(came: number): number;
}

/**
 * Items of one giver as entries.
 *
 * @param giver - What stands for the giver, for as long as this process runs.
 * @param maxBytes - An entry with several items has no more.
 */
export function encodeItems<T>(codec: ItemCodec, giver: number, spilled: SpilledItems<T>, maxBytes: number): Entry[] {
  const entries: Entry[] = [];
  let parts: Buffer[] = [];
  let size = HEADER_BYTES;
  const end = (): void => {
    entries.push(encodeEntry(parts, size, giver, spilled));
    parts = [];
    size = HEADER_BYTES;
  };
  for (const item of spilled.items) {
    const part = codec.encode(item);
    if (parts.length > 0 && size + LENGTH_BYTES + part.length > maxBytes) end();
    parts.push(part);
    size += LENGTH_BYTES + part.length;
  }
  end();
  return entries;
}

function encodeEntry<T>(parts: readonly Buffer[], size: number, giver: number, spilled: SpilledItems<T>): Entry {
  const { items, events, bytes, born } = spilled;
  const weight = Math.ceil((bytes * parts.length) / items.length);
  const payload = Buffer.allocUnsafe(size);
  payload.writeUInt32LE(giver, 0);
  payload.writeDoubleLE(born, 4);
  payload.writeUInt32LE(parts.length === items.length ? events : parts.length, 12);
  payload.writeUInt32LE(Math.min(weight, MAX_COUNTED_BYTES), 16);
  let at = HEADER_BYTES;
  for (const part of parts) {
    payload.writeUInt32LE(part.length, at);
    payload.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return { items: parts.length, payload };
}

/**
 * The items of an entry from the one numbered `from` on, as a part; null when the bytes are none.
 *
 * @param number - Of the first item of the entry.
 */
export function decodeItems<T>(
  codec: ItemCodec,
  entry: Entry,
  number: number,
  from: number,
  { giverOf, bornOf }: SpillOrigin<T>,
): Part<T> | null {
  const { payload } = entry;
  const items: T[] = [];
  if (payload.length < HEADER_BYTES) return null;
  let index = 0;
  for (let at = HEADER_BYTES; at + LENGTH_BYTES <= payload.length; index++) {
    const start = at + LENGTH_BYTES;
    at = start + payload.readUInt32LE(at);
    if (number + index < from) continue;
    const item = codec.decode(payload.subarray(start, at));
    if (item === undefined) return null;
    items.push(item as T);
  }
  if (index !== entry.items || items.length === 0) return null;
  const events = payload.readUInt32LE(12);
  return {
    giver: giverOf(payload.readUInt32LE(0)),
    items,
    number: Math.max(number, from),
    from: 0,
    events: items.length === index ? events : items.length,
    bytes: Math.ceil((payload.readUInt32LE(16) * items.length) / index),
    born: bornOf(payload.readDoubleLE(4)),
  };
}
