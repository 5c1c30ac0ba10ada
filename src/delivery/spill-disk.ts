import type { Cancel, Clock } from "../core/clock.ts";
import type { SpillSettings } from "../core/target-port.ts";
import { coerceError } from "../errors.ts";
import type { Entry } from "../state/entry.ts";
import type { NumberedEntry } from "../state/log-reader.ts";
import type { SpillLogs } from "./spill-logs.ts";

/** What has no number yet is written together, at most this long after it was taken. */
const GROUP_SECONDS = 0.05;
const RETRY_SECONDS = 1;
/** A segment that could not be read so many times is set aside. */
const MAX_READS = 5;

/** The store whose items come to the disk, and back. */
export interface SpillDiskOwner {
  readonly spill: SpillSettings;
  /** Whether items are to be read from the disk now. */
  readonly isThirsty: boolean;
  readonly hasFresh: boolean;
  opened(logs: SpillLogs): void;
  read(logs: SpillLogs): Promise<void>;
  /** Gives a number to all that has none, the oldest first. */
  number(next: number): Entry[];
  /** Entries are about to be written that take so many bytes. */
  makeRoom(logs: SpillLogs, bytes: number): Promise<void>;
  /** What had a number is on disk. */
  written(): void;
  /** The number of the first item that is neither delivered nor given up; `next` when there is none on disk. */
  firstHeld(next: number): number;
  /** Something has changed: there may be items, or room. */
  changed(): void;
  /** The disk fails; null: it works again. */
  failed(error: Error | null): void;
}

/**
 * Does one thing at a time with the disk of a target.
 *
 * opening: nothing is read or written. working. failing: a write is tried every second; reading goes on. diskless: it could
 * not be opened, and is left alone. closed.
 */
export class SpillDisk {
  readonly #owner: SpillDiskOwner;
  readonly #clock: Clock;
  readonly #open: () => Promise<SpillLogs>;
  #logs: SpillLogs | null = null;
  /** Entries that have their numbers and are not written yet. */
  #group: readonly Entry[] = [];
  #isFailing = false;
  #isDiskless = false;
  #isClosed = false;
  #isWorking = false;
  #isWriteDue = false;
  #isSyncDue = false;
  #reads = 0;
  #cancelWrite: Cancel | null = null;
  #cancelSync: Cancel | null = null;
  #working: Promise<void> = Promise.resolve();

  constructor(owner: SpillDiskOwner, clock: Clock, open: () => Promise<SpillLogs>) {
    this.#owner = owner;
    this.#clock = clock;
    this.#open = open;
  }

  get isOpening(): boolean {
    return this.#logs === null && !this.#isDiskless;
  }

  /** There is no disk for this store, and will not be. */
  get isDiskless(): boolean {
    return this.#isDiskless;
  }

  get isFailing(): boolean {
    return this.#isFailing || this.#isDiskless;
  }

  get bytes(): number {
    return this.#logs?.bytes ?? 0;
  }

  /** Items that have a number and are not on disk yet. */
  get unwrittenItems(): number {
    return this.#group.reduce((sum, { items }) => sum + items, 0);
  }

  writeSoon(): void {
    this.#writeIn(GROUP_SECONDS);
  }

  writeNow(): void {
    if (this.#isFailing) return; // its timer runs
    this.#cancelWrite?.();
    this.#cancelWrite = null;
    this.#isWriteDue = true;
    this.work();
  }

  /** Does what there is to do, in the background. */
  work(): void {
    if (this.#isWorking || this.#isClosed || this.#isDiskless) return;
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
    await this.#working;
    const logs = this.#logs;
    if (logs === null) return;
    try {
      // Once at least: the cursor follows what was delivered last.
      do await this.#write(logs);
      while (this.#group.length > 0 || this.#owner.hasFresh);
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
      }
      for (let task = this.#task(this.#logs); task !== null; task = this.#task(this.#logs)) await task;
    } catch (thrown) {
      this.#isDiskless = this.#logs === null;
      this.#fails(thrown);
    }
    this.#isWorking = false;
    this.#owner.changed();
  }

  /** What is to be done now; null when nothing is. */
  #task(logs: SpillLogs): Promise<void> | null {
    if (this.#isClosed) return null;
    if (this.#owner.isThirsty) return this.#owner.read(logs);
    if (this.#isWriteDue) {
      this.#isWriteDue = false;
      return this.#write(logs);
    }
    if (!this.#isSyncDue) return null;
    this.#isSyncDue = false;
    return logs.sync();
  }

  async #write(logs: SpillLogs): Promise<void> {
    if (this.#group.length === 0) this.#group = this.#owner.number(logs.next);
    if (this.#group.length > 0) {
      const bytes = this.#group.reduce((sum, { payload }) => sum + payload.length, 0);
      await this.#owner.makeRoom(logs, bytes);
      await logs.append(this.#group);
      this.#group = [];
      this.#owner.written();
      this.#syncLater();
    }
    await logs.advance(this.#owner.firstHeld(logs.next));
    if (this.#isFailing) this.#owner.failed(null);
    this.#isFailing = false;
    if (this.#owner.hasFresh) this.writeSoon();
    this.#owner.changed();
  }

  #writeIn(seconds: number): void {
    if (this.#isDiskless || this.#isClosed) return;
    this.#cancelWrite ??= this.#clock.after(seconds, () => {
      this.#cancelWrite = null;
      this.#isWriteDue = true;
      this.work();
    });
  }

  #syncLater(): void {
    const { fsync } = this.#owner.spill;
    if (fsync === true) this.#isSyncDue = true;
    else if (fsync !== false)
      this.#cancelSync ??= this.#clock.after(fsync, () => {
        this.#cancelSync = null;
        this.#isSyncDue = true;
        this.work();
      });
  }

  /** The disk is left alone until the next try. */
  #fails(thrown: unknown): void {
    if (!this.#isFailing) this.#owner.failed(coerceError(thrown));
    this.#isFailing = true;
    this.#cancelWrite?.();
    this.#cancelWrite = null;
    this.#writeIn(RETRY_SECONDS);
  }
}
