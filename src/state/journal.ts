import { join } from "node:path";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Moment } from "../core/journal-clock.ts";
import type { Log } from "../core/log.ts";
import { coerceError } from "../errors.ts";
import { type Damage, logDamage } from "./damage.ts";
import { bytesOf, type Entry } from "./entry.ts";
import { type FileLayer, NODE_FILES } from "./file-layer.ts";
import type { FileLock } from "./file-lock.ts";
import { lastElapsed } from "./journal-reader.ts";
import { bareEntry } from "./journal-record.ts";
import type { JournalReport } from "./journal-report.ts";
import { RemovedFiles } from "./removed-files.ts";
import { LostFiles } from "./segment.ts";
import { SegmentLog, type SegmentLogOptions } from "./segment-log.ts";
import { takeDirectory, unusableDirectory } from "./unusable-directory.ts";

const SYNC_SECONDS = 1;
/** So much is written at once, while the disk takes no longer for it. */
const MAX_QUICK_BYTES = 1024 * 1024;
const QUICK_SECONDS = 0.05;
/** It is left alone for so long when it does. */
const SLOW_SECONDS = 1;
/** A failure is over when as much is written as failed, or when nothing has failed for so long. */
const TROUBLE_SECONDS = 60;
/** Two moments are apart by this, at least: what comes in between belongs to the first. */
const STEP_SECONDS = 0.001;

export interface JournalOptions extends Pick<SegmentLogOptions, "segmentBytes"> {
  readonly dir: string;
  readonly sync: "1s" | "always";
  readonly maxBytes: number;
  /** Events that are saved: what is appended counts on from there, if the journal ends before. */
  readonly saved: number;
  /** `elapsed` of the last moment that was saved. */
  readonly elapsed: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: FileLayer;
}

/** What a process before has left. */
interface Found {
  /** `elapsed` of the last record. */
  readonly elapsed: number;
  readonly unreadableBytes: number;
}

/** What came in, on disk, until the state of all pipelines is saved that it changed. */
export class Journal {
  /** When this process began to write it. */
  readonly start: Moment;
  readonly #options: JournalOptions;
  readonly #log: SegmentLog;
  readonly #lock: FileLock;
  readonly #cancelSync: Cancel;
  readonly #startedAt: number;
  readonly #removed: RemovedFiles;
  #unreadableBytes: number;
  #moment: Moment;
  #error: string | null = null;
  /** Of the longest write that failed, and when the last one did. */
  #failedBytes = 0;
  #failedAt = 0;
  /** Its oldest events went, as it was full, and there is not much room yet. */
  #isFull = false;
  #written = 0;
  #lost = 0;
  #isDirty = true;
  /** Calls that are under way. */
  #calls = 0;
  #slowUntil = 0;
  #syncing: Promise<void> | null = null;
  #working: Promise<unknown> = Promise.resolve();

  private constructor(options: JournalOptions, log: SegmentLog, lock: FileLock, found: Found) {
    const { clock } = options;
    this.#options = options;
    this.#log = log;
    this.#lock = lock;
    this.#removed = new RemovedFiles(options.dir, options.log);
    this.#unreadableBytes = found.unreadableBytes;
    const start = Math.max(found.elapsed, options.elapsed) + STEP_SECONDS;
    this.#startedAt = clock.elapsed() - start;
    this.start = { now: clock.now(), elapsed: start };
    this.#moment = this.start;
    this.#log.skipTo(options.saved + 1);
    this.#cancelSync = clock.every(SYNC_SECONDS, () => void this.#sync());
  }

  /**
   * Opens the journal of a directory, which is made when it is not there.
   *
   * @throws FastTsError `FTS_START` when another process has it, or it cannot be used.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const { dir, log, files = NODE_FILES, segmentBytes } = options;
    let unreadableBytes = 0;
    const onDamage = (damage: Damage): void => {
      unreadableBytes += damage.bytes;
      logDamage(log, "the journal", dir, damage);
    };
    let lock: FileLock | null = null;
    try {
      await files.makeDirectory(dir);
      lock = await takeDirectory(join(dir, "lock"));
      const segments = await SegmentLog.open({ dir, files, onDamage, segmentBytes });
      const found = { elapsed: await lastElapsed(segments), unreadableBytes };
      return new Journal(options, segments, lock, found);
    } catch (thrown) {
      await lock?.release();
      throw unusableDirectory("keep a journal", dir, thrown, "--journal");
    }
  }

  get dir(): string {
    return this.#options.dir;
  }

  /** Whether what cannot be written is not to be taken in. */
  get isStrict(): boolean {
    return this.#options.sync === "always";
  }

  /** Events in front of the oldest that is still needed. */
  get first(): number {
    return this.#log.cursor - 1;
  }

  /** Events in front of what is appended next. */
  get position(): number {
    return this.#log.next - 1;
  }

  get report(): JournalReport {
    const error = this.#error ?? (this.#isFull ? `${this.#full}, the oldest goes` : this.#removed.error);
    const unreadableBytes = this.#unreadableBytes;
    return { error, bytes: this.#log.bytes, written: this.#written, lost: this.#lost, unreadableBytes };
  }

  /** The moment of the next record: the same as before, or a later one. */
  moment(): Moment {
    const { clock } = this.#options;
    const elapsed = clock.elapsed() - this.#startedAt;
    if (elapsed - this.#moment.elapsed >= STEP_SECONDS) this.#moment = { now: clock.now(), elapsed };
    return this.#moment;
  }

  /** Says that this process begins. */
  begin(): Promise<void> {
    return this.append([bareEntry("start", 0, this.start)]).then(
      () => {},
      () => {}, // it is tried again with the next ones
    );
  }

  /**
   * As {@link append}, before it returns: most often that takes less time than to wait for it. False: it is to be
   * appended so. With `always` the disk takes long.
   */
  appendNow(entries: readonly Entry[]): boolean {
    const { clock, maxBytes } = this.#options;
    const bytes = bytesOf(entries);
    const isQuick =
      !this.isStrict && this.#calls === 0 && bytes <= MAX_QUICK_BYTES && clock.elapsed() >= this.#slowUntil;
    if (!isQuick || this.#error !== null || this.#log.bytes + bytes > maxBytes) return false;
    const begun = clock.elapsed();
    if (!this.#log.appendNow(entries)) return false;
    if (clock.elapsed() - begun > QUICK_SECONDS) this.#slowUntil = clock.elapsed() + SLOW_SECONDS;
    this.#count(entries);
    return true;
  }

  /** Appends entries; when it rejects, none of them is there. With `always` they survive a power cut. */
  append(entries: readonly Entry[]): Promise<void> {
    return this.#do(async () => {
      const bytes = bytesOf(entries);
      try {
        await this.#makeRoom(bytes);
        await this.#log.append(entries, this.isStrict && entries.some(({ items }) => items > 0));
      } catch (thrown) {
        this.#failed(thrown, bytes);
        throw thrown;
      }
      this.#count(entries);
      this.#succeeded(bytes);
    });
  }

  #count(entries: readonly Entry[]): void {
    const events = entries.reduce((sum, { items }) => sum + items, 0);
    this.#written += events;
    this.#isDirty ||= events > 0;
  }

  /** Events were not written; those of them that were taken in all the same have their numbers. */
  lost(events: number, position: number): void {
    this.#lost += events;
    this.#log.skipTo(position + 1);
  }

  /** A replay could not read a segment to its end. */
  unreadable({ segment, why, bytes }: Damage): void {
    if (this.#log.markDamaged(segment, why)) this.#unreadableBytes += bytes;
  }

  /** What stands before a position is not needed any more. */
  trim(position: number): void {
    const advanced = this.#do(() => this.#log.advance(position + 1));
    void advanced.then(
      () => this.#trimmed(),
      (thrown) => this.#failed(thrown),
    );
  }

  async close(): Promise<void> {
    this.#cancelSync();
    try {
      await this.#working;
      await this.#syncing;
      if (this.#isDirty) await this.#sync();
      await this.#log.close();
    } catch (thrown) {
      this.#failed(thrown);
    }
    await this.#lock.release();
  }

  /** One after the other. */
  #do<T>(work: () => Promise<T>): Promise<T> {
    this.#calls++;
    const done = this.#working.then(work).finally(() => this.#calls--);
    this.#working = done.catch(() => {});
    return done;
  }

  /** Beside what is appended meanwhile. */
  async #sync(): Promise<void> {
    if (this.#syncing !== null) return;
    const isDirty = this.#isDirty;
    this.#isDirty = false;
    this.#syncing = (isDirty ? this.#log.sync() : this.#log.check()).catch((thrown) => {
      this.#isDirty = true;
      if (thrown instanceof LostFiles) this.#lost += this.#removed.note(thrown, this.position);
      else this.#failed(thrown);
    });
    await this.#syncing;
    this.#syncing = null;
  }

  get #full(): string {
    return `it holds ${this.#options.maxBytes} bytes: see --journal-bytes`;
  }

  /** With `1s` the oldest makes room: the newest is worth more. */
  async #makeRoom(bytes: number): Promise<void> {
    const { maxBytes, dir, log } = this.#options;
    while (this.#log.bytes + bytes > maxBytes) {
      const end = this.#log.endOfOldest;
      if (this.isStrict || end === null) throw new Error(this.#full);
      const events = end - this.#log.cursor;
      await this.#log.advance(end);
      this.#lost += events;
      if (!this.#isFull)
        log.error("the journal is full: its oldest events go, a crash now would lose them", { dir, maxBytes });
      this.#isFull = true;
    }
  }

  /** There may be room enough that it does not fill up again at once. */
  #trimmed(): void {
    const { maxBytes, log } = this.#options;
    this.#removed.trimmed(this.first);
    if (!this.#isFull || this.#log.bytes > maxBytes / 2) return;
    this.#isFull = false;
    log.info("the journal has room again", { dir: this.dir, events_lost: this.#lost });
  }

  /** @param bytes - What was to be written; 0 when that does not matter. */
  #failed(thrown: unknown, bytes = 0): void {
    const { dir, log, clock } = this.#options;
    const error = coerceError(thrown).message;
    const outcome = this.isStrict ? "messages are refused" : "a crash now would lose what comes in";
    if (this.#error === null) log.error(`the journal cannot be written: ${outcome}`, { dir, error });
    this.#error = error;
    this.#failedBytes = Math.max(this.#failedBytes, bytes);
    this.#failedAt = clock.elapsed();
  }

  /** A disk that is nearly full takes what is short, and refuses what is long. */
  #succeeded(bytes: number): void {
    const isOver = bytes >= this.#failedBytes || this.#options.clock.elapsed() - this.#failedAt > TROUBLE_SECONDS;
    if (this.#error === null || !isOver) return;
    this.#failedBytes = 0;
    this.#error = null;
    this.#options.log.info("the journal is written again", { dir: this.dir, events_lost: this.#lost });
  }
}
