import type { Cancel, Clock } from "../core/clock.ts";
import type { SpillSettings } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import { bytesOf, type Entry, firstOf } from "../state/entry.ts";
import type { NumberedEntry } from "../state/log-reader.ts";
import type { SpillLogs } from "./spill-logs.ts";

/**
 * What has no number yet, and has waited for so long, is written together, as often: 50 ms after it was taken at most. What a
 * target takes at once is never written.
 */
const GROUP_SECONDS = 0.025;
/** Of what comes at the moment when a timer is set it is written when that is over. */
const ROUNDING_SECONDS = 0.001;
const MAX_WRITE_BYTES = 1024 * 1024;
const RETRY_SECONDS = 1;
/** More than its part is looked at so often: other threads may need theirs. */
const LOOK_SECONDS = 1;
/** A segment that could not be read so many times is set aside. */
const MAX_READS = 5;

/** Nothing can be written, or it can, and not be made safe from a power cut. */
export type SpillTrouble = "write" | "sync";

/** The store whose items come to the disk, and back. */
export interface SpillDiskOwner {
  readonly spill: SpillSettings;
  /** Whether items are to be read from the disk now. */
  readonly needsRead: boolean;
  readonly hasFresh: boolean;
  opened(logs: SpillLogs): void;
  read(logs: SpillLogs): Promise<void>;
  /** Gives a number to what has none and came until then, by `elapsed`, the oldest first. */
  number(next: number, until: number): Entry[];
  /** Entries are to be written that take so many bytes, or none: whether there is room. */
  makeRoom(logs: SpillLogs, bytes: number): Promise<boolean>;
  /** What has a number before `next` is on disk. */
  written(next: number): void;
  /** The number of the first item that is neither delivered nor given up; `next` when there is none on disk. */
  firstHeld(next: number): number;
  /** Something has changed: there may be items, or room. */
  changed(): void;
  /** The disk fails; null: it works again. */
  failed(error: Error | null, fault: SpillTrouble): void;
}

/**
 * Does one thing at a time with the disk of a target, but for the syncs: however long one takes, writes go on.
 *
 * opening: nothing is read or written. working. failing: it is opened, or a write is tried, every second; reading goes on.
 * closed.
 */
export class SpillDisk {
  readonly #owner: SpillDiskOwner;
  readonly #clock: Clock;
  readonly #open: () => Promise<SpillLogs>;
  #logs: SpillLogs | null = null;
  /** Entries that have their numbers and are not written yet. */
  #group: readonly Entry[] = [];
  #groupBytes = 0;
  #logBytes = 0;
  readonly #troubles = new Set<SpillTrouble>();
  #isClosed = false;
  #isWorking = false;
  #isWriteDue = false;
  /** Whether all is to be written, however new it is. */
  #isAllDue = false;
  #isSyncDue = false;
  #hasJustRead = false;
  #reads = 0;
  #cancelWrite: Cancel | null = null;
  #cancelSync: Cancel | null = null;
  #cancelLook: Cancel | null = null;
  #working: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | null = null;

  constructor(owner: SpillDiskOwner, clock: Clock, open: () => Promise<SpillLogs>) {
    this.#owner = owner;
    this.#clock = clock;
    this.#open = open;
  }

  get isOpening(): boolean {
    return this.#logs === null && !this.isFailing;
  }

  /** It takes nothing at present. */
  get isFailing(): boolean {
    return this.#troubles.has("write");
  }

  /** What is on disk, and what has a number and is on its way there. */
  get bytes(): number {
    return this.#logBytes + this.#groupBytes;
  }

  /** Items that have a number and are not on disk yet. */
  get unwrittenItems(): number {
    return this.#group.reduce((sum, { items }) => sum + items, 0);
  }

  writeSoon(): void {
    this.#writeIn(GROUP_SECONDS);
  }

  writeNow(): void {
    if (this.isFailing) return; // its timer runs
    this.#cancelWrite?.();
    this.#cancelWrite = null;
    this.#isWriteDue = true;
    this.#isAllDue = true;
    this.work();
  }

  /** Does what there is to do, in the background. */
  work(): void {
    if (this.#isWorking || this.#isClosed || (this.#logs === null && this.isFailing && !this.#isWriteDue)) return;
    this.#isWorking = true;
    this.#working = this.#workOn();
  }

  /** The next entries from `number` on; none at the end. What cannot be read for long is passed over. */
  async read(logs: SpillLogs, number: number): Promise<NumberedEntry[]> {
    try {
      const entries = await logs.read(number);
      this.#reads = 0;
      return entries;
    } catch (thrown) {
      if (++this.#reads < MAX_READS) throw thrown;
      this.#reads = 0;
      logs.skip(number, coerceError(thrown).message);
      return this.read(logs, number);
    }
  }

  /** Writes what is left, and lets others have the logs. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelWrite?.();
    this.#cancelSync?.();
    this.#cancelLook?.();
    await this.#working;
    await this.#syncing;
    const logs = this.#logs;
    if (logs === null) return;
    try {
      // Once at least: the cursor follows what was delivered last.
      let isWritten: boolean;
      do {
        this.#isAllDue = true;
        isWritten = await this.#write(logs);
      } while (isWritten && this.#owner.hasFresh);
      if (this.#owner.spill.fsync !== false) await logs.sync();
    } catch (thrown) {
      this.#fails(thrown);
    }
    await logs.close().catch((thrown) => this.#fails(thrown));
  }

  async #workOn(): Promise<void> {
    try {
      if (this.#logs === null) {
        this.#logs = await this.#open();
        this.#owner.opened(this.#logs);
        this.#isWriteDue ||= this.#isOver(this.#logs);
      }
      for (let task = this.#task(this.#logs); task !== null; task = this.#task(this.#logs)) await task;
    } catch (thrown) {
      this.#fails(thrown);
    }
    this.#isWorking = false;
    this.#owner.changed();
  }

  /** What is to be done now; null when nothing is. Reads and writes take turns. */
  #task(logs: SpillLogs): Promise<unknown> | null {
    if (this.#isClosed) return null;
    const isRead = this.#owner.needsRead && !(this.#hasJustRead && this.#isWriteDue);
    this.#hasJustRead = isRead;
    if (isRead) return this.#owner.read(logs);
    if (!this.#isWriteDue) return null;
    this.#isWriteDue = false;
    return this.#write(logs);
  }

  /** False when there was no room for all. */
  async #write(logs: SpillLogs): Promise<boolean> {
    await this.#forget(logs);
    await this.#comeDown(logs);
    const until = this.#isAllDue ? Infinity : this.#clock.elapsed() - GROUP_SECONDS + ROUNDING_SECONDS;
    this.#isAllDue = false;
    if (this.#group.length === 0) this.#setGroup(this.#owner.number(logs.next, until));
    while (this.#group.length > 0) {
      const entries = firstOf(this.#group, Math.min(MAX_WRITE_BYTES, logs.segmentBytes));
      if (!(await this.#owner.makeRoom(logs, bytesOf(entries)))) break;
      await logs.append(entries);
      this.#setGroup(this.#group.slice(entries.length));
      this.#owner.written(logs.next);
      this.#syncLater(logs);
    }
    this.#logBytes = logs.bytes;
    this.#works("write");
    if (this.#owner.hasFresh) this.writeSoon();
    this.#owner.changed();
    return this.#group.length === 0;
  }

  /** Lets go of what is done with. It may be all that fills the disk: then the segment that is written goes too. */
  async #forget(logs: SpillLogs): Promise<void> {
    const first = this.#owner.firstHeld(logs.next);
    if (this.isFailing && first === logs.next) logs.seal();
    await logs.advance(first);
  }

  #isOver(logs: SpillLogs): boolean {
    return logs.bytes > this.#owner.spill.maxBytes;
  }

  /** It may have found more than it may have, or other threads may need their parts. */
  async #comeDown(logs: SpillLogs): Promise<void> {
    if (!this.#isOver(logs)) return;
    await this.#owner.makeRoom(logs, 0);
    if (this.#isClosed) return;
    this.#cancelLook ??= this.#clock.after(LOOK_SECONDS, () => {
      this.#cancelLook = null;
      this.#isWriteDue = true;
      this.work();
    });
  }

  #setGroup(group: readonly Entry[]): void {
    this.#group = group;
    this.#groupBytes = bytesOf(group);
  }

  #writeIn(seconds: number): void {
    if (this.#isClosed) return;
    this.#cancelWrite ??= this.#clock.after(seconds, () => {
      this.#cancelWrite = null;
      this.#isWriteDue = true;
      this.work();
    });
  }

  #syncLater(logs: SpillLogs): void {
    const { fsync } = this.#owner.spill;
    if (fsync === true) this.#syncNow(logs);
    else if (fsync !== false) this.#syncIn(logs, fsync);
  }

  #syncIn(logs: SpillLogs, seconds: number): void {
    if (this.#isClosed) return;
    this.#cancelSync ??= this.#clock.after(seconds, () => {
      this.#cancelSync = null;
      this.#syncNow(logs);
    });
  }

  /** One at a time: what was written meanwhile is the next one's. */
  #syncNow(logs: SpillLogs): void {
    this.#isSyncDue = this.#syncing !== null;
    if (this.#isSyncDue || this.#isClosed) return;
    this.#syncing = this.#sync(logs).then(() => {
      this.#syncing = null;
      if (this.#isSyncDue) this.#syncNow(logs);
    });
  }

  async #sync(logs: SpillLogs): Promise<void> {
    try {
      await logs.sync();
      this.#works("sync");
    } catch (thrown) {
      this.#troubleBegins("sync", thrown);
      this.#syncIn(logs, RETRY_SECONDS);
    }
  }

  /** The disk is left alone until the next try. */
  #fails(thrown: unknown): void {
    this.#troubleBegins("write", thrown);
    this.#isWriteDue = false;
    this.#cancelWrite?.();
    this.#cancelWrite = null;
    this.#writeIn(RETRY_SECONDS);
  }

  #troubleBegins(fault: SpillTrouble, thrown: unknown): void {
    if (this.#troubles.has(fault)) return;
    this.#troubles.add(fault);
    this.#owner.failed(coerceError(thrown), fault);
  }

  #works(fault: SpillTrouble): void {
    if (this.#troubles.delete(fault)) this.#owner.failed(null, fault);
  }
}
