import type { Damage } from "./damage.ts";
import { type Entry, EntryReader, MAGIC } from "./entry.ts";
import type { FileLayer } from "./file-layer.ts";
import { beginsAsSegment, type Segment } from "./segment.ts";

const BLOCK_BYTES = 256 * 1024;

/** An entry and the number of its first item. */
export interface NumberedEntry extends Entry {
  readonly number: number;
}

export interface LogReaderOptions {
  readonly files: FileLayer;
  /** The segments as they are now, the oldest first. */
  readonly segments: readonly Segment[];
  /** The number after the last item. */
  end(): number;
  /** Told of a segment that cannot be read to its end. */
  onDamage(segment: Segment, damage: Omit<Damage, "segment">): void;
}

/** Reads a log from some number on, while others append to it and forget its beginning. */
export class LogReader {
  readonly #options: LogReaderOptions;
  #segment: Segment | null = null;
  #file: number | null = null;
  /** Number of the item at which the file is read. */
  #at = 0;
  #entries: EntryReader | null = null;
  /** Number of the next item. */
  number: number;

  constructor(number: number, options: LogReaderOptions) {
    this.number = number;
    this.#options = options;
  }

  /** The next entries, about 256 KiB of them; none at the end. The first one may begin with items before `number`. */
  async read(): Promise<NumberedEntry[]> {
    for (;;) {
      const segment = this.#here;
      if (segment === undefined) return [];
      const entries = await this.#readFrom(segment);
      if (entries.length > 0) return entries;
      this.#leave(segment);
      if (segment === this.#options.segments.at(-1)) return [];
    }
  }

  /** Gives up the rest of the segment that cannot be read. */
  skip(why: string): void {
    const segment = this.#here;
    if (segment !== undefined) this.#leave(segment, why);
  }

  /** The segment that has the next item. */
  get #here(): Segment | undefined {
    const { segments } = this.#options;
    return segments.findLast(({ first }) => first <= this.number) ?? segments[0];
  }

  /** Goes on behind a segment: nothing more can be read of it. */
  #leave(segment: Segment, why = segment.damage): void {
    const next = this.#endOf(segment);
    const at = segment === this.#segment ? (this.#entries?.at ?? 0) : 0;
    const [items, bytes] = [Math.max(0, next - this.number), Math.max(0, segment.bytes - at)];
    this.number = Math.max(this.number, next);
    // Behind the items of the last one may stand what is being written.
    const isWhole = segment === this.#options.segments.at(-1) || bytes === 0;
    if (items === 0 && isWhole) return;
    const missing = bytes > 0 ? "no whole entry begins here" : "its end is missing";
    this.#options.onDamage(segment, { why: why ?? missing, at, bytes, items, isKept: bytes > 0 });
  }

  /** The number after its last item. */
  #endOf(segment: Segment): number {
    const { segments, end } = this.#options;
    return segments[segments.indexOf(segment) + 1]?.first ?? end();
  }

  /** The file is freed until the next read. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#segment = null;
    this.#file = null;
    this.#entries = null;
    if (file !== null) await this.#options.files.close(file);
  }

  async #readFrom(segment: Segment): Promise<NumberedEntry[]> {
    const isThere = segment === this.#segment || (await this.#open(segment));
    const reader = this.#entries;
    if (!isThere || reader === null) return [];
    for (;;) {
      const read = await reader.read(BLOCK_BYTES, segment.bytes);
      if (read.length === 0) return [];
      const entries: NumberedEntry[] = [];
      for (const entry of read) {
        // One without items stands in front of the next one.
        if (this.#at + Math.max(1, entry.items) > this.number) entries.push({ ...entry, number: this.#at });
        this.#at += entry.items;
      }
      this.number = Math.max(this.number, this.#at);
      if (entries.length > 0) return entries;
    }
  }

  async #open(segment: Segment): Promise<boolean> {
    const { files } = this.#options;
    await this.close();
    const file = await files.openToRead(segment.path);
    this.#segment = segment;
    this.#file = file;
    this.#at = segment.first;
    if (!(await beginsAsSegment(files, file))) return false;
    this.#entries = new EntryReader(files, file, MAGIC.length);
    return true;
  }
}
