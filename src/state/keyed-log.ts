import type { Damage } from "./damage.ts";
import type { Entry } from "./entry.ts";
import type { FileLayer } from "./file-layer.ts";
import { SegmentLog } from "./segment-log.ts";

/*
 * An entry of the log, one item each:
 *
 *   | length of the key, 32 bits, little-endian | key, UTF-8 | value; of a key that was deleted nothing |
 */
const HEADER_BYTES = 4;
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** It is written anew when it has this many entries of the past, and four times as many as there are keys. */
const MIN_PAST_ENTRIES = 1000;
const MAX_WRITE_ENTRIES = 500;

export interface KeyedLogOptions {
  readonly dir: string;
  readonly files: FileLayer;
  /** Told of what cannot be read. */
  onDamage(damage: Damage): void;
}

/**
 * A map of texts to bytes, on disk: changes are appended, and now and then the whole is written anew, so that what is of
 * the past can go. A power cut at any byte costs what was being saved. For one process, and one `save` at a time.
 */
export class KeyedLog {
  /** What there is, saved or not. */
  readonly values = new Map<string, Buffer>();
  readonly #log: SegmentLog;
  #changes = new Map<string, Buffer | null>();
  /** A change may be missing on disk: all is written anew. */
  #isBroken = false;

  private constructor(log: SegmentLog) {
    this.#log = log;
  }

  /** Opens the log of a directory, which is made when it is not there, and reads all of it. */
  static async open({ dir, files, onDamage }: KeyedLogOptions): Promise<KeyedLog> {
    const log = await SegmentLog.open({ dir, files, segmentBytes: SEGMENT_BYTES, onDamage });
    const keyed = new KeyedLog(log);
    const reader = log.reader();
    for (let entries = await reader.read(); entries.length > 0; entries = await reader.read())
      for (const { payload } of entries) keyed.#read(payload);
    await reader.close();
    return keyed;
  }

  get isSaved(): boolean {
    return this.#changes.size === 0 && !this.#isBroken;
  }

  /** @param value - `null` deletes the key. */
  set(key: string, value: Buffer | null): void {
    if (value === null) this.values.delete(key);
    else this.values.set(key, value);
    if (this.#isBroken) return;
    this.#changes.delete(key); // the last one last, as a power cut may leave but the first of them
    this.#changes.set(key, value);
  }

  /** All that was set before survives a power cut. When it rejects, the next call saves that too. */
  async save(): Promise<void> {
    const changes = this.#changes;
    const isAnew = this.#isBroken || this.#past > Math.max(MIN_PAST_ENTRIES, 4 * this.values.size);
    this.#changes = new Map();
    this.#isBroken = false;
    const first = this.#log.next;
    try {
      await this.#append(isAnew ? this.values : changes);
      await this.#log.sync();
      if (isAnew) await this.#log.advance(first);
    } catch (thrown) {
      this.#isBroken = true;
      this.#changes.clear();
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  get #past(): number {
    return this.#log.next - this.#log.cursor - this.values.size;
  }

  /** What changes meanwhile is in the next changes, so it does not matter which of its values is written here. */
  async #append(values: Iterable<readonly [string, Buffer | null]>): Promise<void> {
    let entries: Entry[] = [];
    for (const [key, value] of values) {
      entries.push({ items: 1, payload: payloadOf(key, value) });
      if (entries.length < MAX_WRITE_ENTRIES) continue;
      await this.#log.append(entries);
      entries = [];
    }
    if (entries.length > 0) await this.#log.append(entries);
  }

  #read(payload: Buffer): void {
    const end = HEADER_BYTES + payload.readUInt32LE(0);
    const key = payload.toString("utf8", HEADER_BYTES, end);
    if (end === payload.length) this.values.delete(key);
    else this.values.set(key, Buffer.from(payload.subarray(end))); // not a view of the block that was read
  }
}

function payloadOf(key: string, value: Buffer | null): Buffer {
  const name = Buffer.from(key);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(name.length, 0);
  return Buffer.concat([header, name, value ?? Buffer.alloc(0)]);
}
