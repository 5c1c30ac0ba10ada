import { basename } from "node:path";
import { CursorFile } from "./cursor-file.ts";
import type { Damage } from "./damage.ts";
import { bytesOf, type Entry, encodeEntries } from "./entry.ts";
import { type FileLayer, isGone } from "./file-layer.ts";
import { LogReader } from "./log-reader.ts";
import { begin, cutOff, dispose, findEnd, LostFiles, listSegments, lostOf, type Segment, syncFile } from "./segment.ts";

export interface SegmentLogOptions {
  readonly dir: string;
  readonly files: FileLayer;
  /** A segment that has this many bytes is followed by the next. @default 16 MiB */
  readonly segmentBytes?: number | undefined;
  /** Nothing is changed: for a look at a log that another process writes. @default false */
  readonly isReadOnly?: boolean;
  /** Told of what cannot be read: at the start of the end of the last segment, else as it is read. */
  onDamage(damage: Damage): void;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;

/**
 * A log on disk: items with consecutive numbers, in segments that are named by the number of their first item. It
 * appends, is read in order from any item on, and forgets what lies before its cursor.
 *
 * An entry is there when its checksum is right: a power cut at any byte costs what was being written. For one process,
 * and one call at a time; but a sync may run beside them, however long it takes.
 */
export class SegmentLog {
  readonly dir: string;
  readonly #options: SegmentLogOptions;
  readonly #files: FileLayer;
  readonly #segments: Segment[] = [];
  readonly #cursor: CursorFile;
  #tail: number | null = null;
  #next = 1;
  /** Something may stand behind the end of the last segment: it is cut off before the next write. */
  #isTorn = false;
  /** Nothing may be appended to the last segment. */
  #isTailClosed = false;
  /** The directory may have names that a power cut would lose; also those of a process that was killed. */
  #hasNewNames = true;

  private constructor(options: SegmentLogOptions) {
    this.dir = options.dir;
    this.#options = options;
    this.#files = options.files;
    this.#cursor = new CursorFile(options.files);
  }

  /** Opens the log of a directory, which is made when it is not there. */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    const log = new SegmentLog(options);
    await log.#open();
    return log;
  }

  /** The number of the next item. */
  get next(): number {
    return this.#next;
  }

  /** The number of the first item that is not done with. */
  get cursor(): number {
    return this.#cursor.value;
  }

  /** How many segments are on disk. */
  get segments(): number {
    return this.#segments.length;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The number of the first item after the oldest segment; null when that is the one that is written. */
  get endOfOldest(): number | null {
    const [oldest, second] = this.#segments;
    if (oldest === undefined || second !== undefined) return second?.first ?? null;
    return this.#isTailClosed ? this.#next : null;
  }

  /**
   * Appends entries to a segment that has room for them or is empty. When it rejects, none of them is there.
   *
   * @param isSynced - They survive a power cut.
   */
  async append(entries: readonly Entry[], isSynced = false): Promise<void> {
    const length = bytesOf(entries);
    const { file, segment } = await this.#tailForWrite(length);
    this.#isTorn = true;
    for (const { bytes, at } of encodeEntries(entries, segment.bytes)) await this.#files.write(file, bytes, at);
    if (isSynced) {
      await this.#files.sync(file);
      await this.#syncNames();
    }
    this.#isTorn = false;
    segment.bytes += length;
    if (!isSynced) segment.isSynced = false;
    for (const { items } of entries) this.#next += items;
  }

  /**
   * As {@link append}, before it returns. False when it was not done: a segment is to be begun, or its end to be cut off
   * first, or the disk does not take it.
   */
  appendNow(entries: readonly Entry[]): boolean {
    const last = this.#segments.at(-1);
    const { segmentBytes = SEGMENT_BYTES } = this.#options;
    const length = bytesOf(entries);
    const isReady = this.#tail !== null && !this.#isTorn && !this.#isTailClosed && last?.damage === null;
    if (!isReady || last.bytes + length > segmentBytes || this.#files.writeNow === undefined) return false;
    this.#isTorn = true;
    try {
      for (const { bytes, at } of encodeEntries(entries, last.bytes)) this.#files.writeNow(this.#tail ?? -1, bytes, at);
    } catch {
      return false; // whoever tries again is told why
    }
    this.#isTorn = false;
    last.bytes += length;
    last.isSynced = false;
    for (const { items } of entries) this.#next += items;
    return true;
  }

  /** What was appended before the call survives a power cut. Rejects as {@link check} does, too. */
  async sync(): Promise<void> {
    await this.check();
    for (const segment of this.#segments.filter(({ isSynced }) => !isSynced)) await this.#syncSegment(segment);
    await this.#cursor.sync();
    await this.#syncNames();
  }

  /** Rejects with `LostFiles`, once, when somebody removed files or cut the last one short: what comes goes into another. */
  async check(): Promise<void> {
    const lost = await lostOf(this.#files, this.dir, this.#segments);
    if (lost.length === 0) return;
    const items = lost.reduce((sum, one) => sum + this.#left(one), 0);
    for (const one of lost) one.isLost = true;
    this.#isTailClosed ||= this.#segments.at(-1)?.isLost === true;
    throw new LostFiles(lost, items);
  }

  /** The items before `number` that are not there never will be. */
  skipTo(number: number): void {
    if (number <= this.#next) return;
    this.#isTailClosed = true;
    this.#next = number;
  }

  /** What is appended next begins a segment. */
  seal(): void {
    const last = this.#segments.at(-1);
    this.#isTailClosed ||= last !== undefined && last.first < this.#next;
  }

  /** Items before `number` are done with: segments with none but those are removed, also when nothing can be written. */
  async advance(number: number): Promise<void> {
    this.#cursor.value = Math.max(this.cursor, number);
    await this.#removeDone();
    await this.#cursor.save();
  }

  /** The number of the first item on disk. */
  get first(): number {
    return this.#segments[0]?.first ?? this.#next;
  }

  /** @param from - The number at which it begins. @default the cursor */
  reader(from = this.cursor): LogReader {
    return new LogReader(from, {
      files: this.#files,
      segments: this.#segments,
      end: () => this.#next,
      onDamage: (segment, damage) => {
        if (damage.isKept) segment.damage = damage.why;
        this.#options.onDamage({ segment: basename(segment.path), ...damage });
      },
    });
  }

  /** Another reader found a segment damaged: it is to be set aside. False when that is known, or it is gone. */
  markDamaged(name: string, why: string): boolean {
    const segment = this.#segments.find(({ path, damage }) => basename(path) === name && damage === null);
    if (segment !== undefined) segment.damage = why;
    return segment !== undefined;
  }

  /** Removes all of it, but for segments that were set aside. */
  async remove(): Promise<void> {
    await this.close();
    for (const segment of this.#segments.splice(0)) await dispose(this.#files, segment);
    await this.#cursor.remove(this.dir);
    await this.#files.removeDirectory(this.dir);
  }

  async close(): Promise<void> {
    await this.#closeTail();
    await this.#cursor.close();
  }

  async #closeTail(): Promise<void> {
    const tail = this.#tail;
    this.#tail = null;
    if (tail !== null) await this.#files.close(tail);
  }

  async #open(): Promise<void> {
    const { isReadOnly = false } = this.#options;
    if (!isReadOnly) await this.#files.makeDirectory(this.dir);
    this.#segments.push(...(await listSegments(this.#files, this.dir)));
    await this.#findEnd(isReadOnly);
    if (isReadOnly) await this.#cursor.peek(this.dir);
    else await this.#cursor.open(this.dir);
    this.#cursor.value = Math.max(this.#cursor.value, this.#segments[0]?.first ?? 1);
    // The end of the last segment was lost, and the cursor stands behind it: numbers go on there, in another segment.
    this.#isTailClosed = this.#next < this.cursor;
    this.#next = Math.max(this.#next, this.cursor);
    if (!isReadOnly) await this.#removeDone();
  }

  async #findEnd(isReadOnly: boolean): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    const { next, damage } = await findEnd(this.#files, last);
    this.#next = next;
    this.#isTorn = true;
    if (damage === null || (isReadOnly && !damage.isKept)) return; // whoever writes the log may be writing its end
    this.#options.onDamage({ segment: basename(last.path), ...damage });
    if (isReadOnly || last.damage === null || next > last.first) return; // else another takes its name
    this.#segments.pop();
    await dispose(this.#files, last);
  }

  async #tailForWrite(bytes: number) {
    const last = this.#segments.at(-1);
    if (last === undefined || last.damage !== null) return this.#begin();
    if (this.#isTorn) await cutOff(this.#files, await this.#openTail(last), last.bytes);
    this.#isTorn = false;
    const { segmentBytes = SEGMENT_BYTES } = this.#options;
    const isFull = last.first < this.#next && last.bytes + bytes > segmentBytes; // without an item the next has its name
    if (this.#isTailClosed || isFull) return this.#begin();
    return { file: await this.#openTail(last), segment: last };
  }

  async #openTail({ path }: Segment): Promise<number> {
    this.#tail ??= await this.#files.open(path);
    return this.#tail;
  }

  /** Begins the next segment. What the last one has may be synced later than what comes. */
  async #begin() {
    await this.#closeTail();
    const last = this.#segments.at(-1);
    if (last?.first === this.#next) await dispose(this.#files, this.#segments.pop() ?? last);
    await this.#files.makeDirectory(this.dir); // it may have been removed
    const begun = await begin(this.#files, this.dir, this.#next);
    this.#tail = begun.file;
    this.#segments.push(begun.segment);
    this.#isTailClosed = false;
    this.#hasNewNames = true;
    return begun;
  }

  async #removeDone(): Promise<void> {
    for (let end = this.endOfOldest; end !== null && end <= this.cursor; end = this.endOfOldest) {
      const oldest = this.#segments.shift();
      if (this.#segments.length === 0) await this.#closeTail();
      if (oldest !== undefined) await dispose(this.#files, oldest);
    }
  }

  async #syncNames(): Promise<void> {
    if (!this.#hasNewNames) return;
    this.#hasNewNames = false;
    await this.#files.syncDirectory(this.dir).catch((thrown) => {
      this.#hasNewNames = true;
      throw thrown;
    });
  }

  async #syncSegment(segment: Segment): Promise<void> {
    segment.isSynced = true; // until more is appended, be it meanwhile
    try {
      await syncFile(this.#files, segment.path);
    } catch (thrown) {
      if (isGone(thrown)) return; // it is done with, or the next check tells
      segment.isSynced = false;
      throw thrown;
    }
  }

  /** How many of its items are not done with. */
  #left(segment: Segment): number {
    const end = this.#segments[this.#segments.indexOf(segment) + 1]?.first ?? this.#next;
    return Math.max(0, end - Math.max(segment.first, this.cursor));
  }
}
