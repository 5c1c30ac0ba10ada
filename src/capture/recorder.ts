import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Episode } from "../core/trouble-episode.ts";
import { coerceError } from "../errors.ts";
import { bytesOf, type Entry } from "../state/entry.ts";
import { RIEMANN } from "../wire/message-codecs.ts";
import { GatheredRuns } from "./gathered-runs.ts";
import type { RecordReport } from "./report.ts";

/** Where a recorder's bytes go. */
export interface Disk {
  /** An entry has no more bytes, unless it is a single run. */
  readonly entryBytes: number;
  /** Never called while another append is under way. @throws when it cannot; nothing of the entry is left then */
  append(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
}

const NOTHING = Buffer.alloc(0);
/** Beyond this no group is begun while others wait, or are being written. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Frames are gathered for this long, or until a group is full, before they are written. */
const GATHER_SECONDS = 0.1;
/** After a failed write the disk rests this long, while the next frames are gathered. */
const REST_SECONDS = 1;

/**
 * Records runs of frames without ever making anybody wait: one group is filled while another is being written. With no
 * room left frames are dropped, counted; the log tells when that begins and when it is over.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #episode = new Episode();
  readonly #report: { -readonly [K in keyof RecordReport]: RecordReport[K] } = { frames: 0, bytes: 0, dropped: 0 };
  /** What waits, the oldest first: the last one is filled. */
  readonly #groups: GatheredRuns[] = [];
  /** Memory of those, and of the one that is being written. */
  #waitingBytes = 0;
  /** Memory that is new costs more than the copy. */
  readonly #spare: Buffer[] = [];
  #writing: Promise<void> | null = null;
  #cancelPlan: Cancel | null = null;
  #cancelRest: Cancel | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get report(): RecordReport {
    return this.#report;
  }

  /** Records the frames in [start, end), of this codec, as having come now. The bytes may change afterwards. */
  keep(codec: number, bytes: Buffer, start: number, end: number, frames: number): void {
    const length = end - start;
    if (length > GatheredRuns.MAX_BYTES)
      return this.#drop(frames, `messages of more than ${GatheredRuns.MAX_BYTES} bytes`);
    const arrival = this.#options.clock.now();
    const last = this.#groups.at(-1);
    const group = last?.hasRoom(length) ? last : this.#begin(length, arrival);
    if (group === null) return this.#drop(frames, "the disk is too slow");
    group.add({ length, codec, frames, arrival }, bytes, start);
    this.#plan();
  }

  /** Writes what is held, and when that was, and closes the disk. Nothing may be kept any more. */
  async stop(): Promise<void> {
    if (this.#isBusy || this.#report.frames > 0) this.keep(RIEMANN, NOTHING, 0, 0, 0);
    while (this.#isBusy) {
      if (this.#writing === null) this.#write();
      await this.#writing;
    }
    this.#cancelRest?.();
    await this.#options.disk.close().catch((thrown) => this.#drop(0, coerceError(thrown).message));
    this.#episode.end(this.#options, "recording stopped, frames are missing");
  }

  /** Whether something is not written. */
  get #isBusy(): boolean {
    return this.#writing !== null || this.#groups.length > 0;
  }

  /** A group for a run of so many bytes, and more; null when too much waits. */
  #begin(length: number, begun: number): GatheredRuns | null {
    if (this.#waitingBytes >= MAX_WAITING_BYTES) return null;
    const { entryBytes } = this.#options.disk;
    const size = Math.max(entryBytes, GatheredRuns.bytesFor(length));
    const memory = (size === entryBytes ? this.#spare.pop() : null) ?? Buffer.allocUnsafeSlow(size);
    const group = new GatheredRuns(memory, begun);
    this.#groups.push(group);
    this.#waitingBytes += memory.length;
    return group;
  }

  #plan(): void {
    if (this.#writing !== null || this.#cancelRest !== null || this.#groups.length === 0) return;
    if (this.#groups.length > 1 || !this.#groups[0]?.hasRoom(0)) this.#write();
    else this.#cancelPlan ??= this.#options.clock.after(GATHER_SECONDS, () => this.#write());
  }

  #write(): void {
    this.#cancelPlan?.();
    this.#cancelPlan = null;
    const group = this.#groups.shift();
    if (group === undefined) return;
    this.#writing = this.#writeOut(group).then(() => {
      this.#writing = null;
      this.#waitingBytes -= group.memory.length;
      if (group.memory.length === this.#options.disk.entryBytes) this.#spare.push(group.memory);
      this.#plan();
    });
  }

  async #writeOut(group: GatheredRuns): Promise<void> {
    const { entry } = group;
    try {
      await this.#options.disk.append(entry);
      this.#report.frames += entry.items;
      this.#report.bytes += bytesOf([entry]);
      this.#episode.success(this.#options, "frames are recorded again");
    } catch (thrown) {
      this.#cancelRest = this.#options.clock.after(REST_SECONDS, () => {
        this.#cancelRest = null;
        this.#plan();
      });
      this.#drop(entry.items, coerceError(thrown).message);
    }
  }

  #drop(frames: number, reason: string): void {
    this.#report.dropped += frames;
    this.#episode.trouble(this.#options, frames, "frames are not recorded", { reason });
  }
}
