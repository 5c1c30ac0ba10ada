import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Episode } from "../core/trouble-episode.ts";
import { coerceError } from "../errors.ts";
import { RIEMANN } from "../wire/message-codecs.ts";
import { RUN_HEADER, runsWithin, writeRunHead } from "./format.ts";
import type { RecordReport } from "./report.ts";

/** Where a recorder's bytes go. */
export interface Disk {
  /**
   * Appends the first of the runs in [from, end), all of them or as many as its file has room for. Returns where the
   * next one begins. Never called while a write is under way.
   *
   * @throws when it cannot; nothing of them is left then.
   */
  append(bytes: Buffer, from: number, end: number): Promise<number>;
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** The longest frame there may be, bytes. */
  readonly maxFrame: number;
}

const NOTHING = Buffer.alloc(0);
/** Maximum bytes that wait while others are being written. Memory is touched only as far as the disk is behind. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Frames are gathered for this long, or up to this many bytes, before they are written. */
const GATHER_SECONDS = 0.1;
const GATHER_BYTES = 1024 * 1024;
/** After a failed write the disk rests this long, while the next frames are gathered. */
const REST_SECONDS = 1;

/**
 * Records runs of frames without ever making anybody wait: one buffer is filled while the other one is being written.
 * With no room left frames are dropped, counted; the log tells when that begins and when it is over.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #episode = new Episode();
  readonly #report: { -readonly [K in keyof RecordReport]: RecordReport[K] } = { frames: 0, bytes: 0, dropped: 0 };
  #filling: Buffer;
  #used = 0;
  #other: Buffer;
  #writing: Promise<void> | null = null;
  #cancelPlan: Cancel | null = null;
  #cancelRest: Cancel | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const size = Math.max(MAX_WAITING_BYTES, RUN_HEADER + 4 + options.maxFrame);
    this.#filling = Buffer.allocUnsafeSlow(size);
    this.#other = Buffer.allocUnsafeSlow(size);
  }

  get report(): RecordReport {
    return this.#report;
  }

  /** Records the frames in [start, end), of this codec, as having come now. The bytes may change afterwards. */
  keep(codec: number, bytes: Buffer, start: number, end: number, frames: number): void {
    const need = RUN_HEADER + end - start;
    if (need > this.#room && this.#used > 0 && this.#isIdle) this.#write();
    if (need > this.#room) return this.#drop(frames, "the disk is too slow");
    const arrival = this.#options.clock.now();
    writeRunHead(this.#filling, this.#used, { length: end - start, codec, frames, arrival });
    bytes.copy(this.#filling, this.#used + RUN_HEADER, start, end);
    this.#used += need;
    this.#plan();
  }

  /** Writes what is held, and when that was, and closes the disk. Nothing may be kept any more. */
  async stop(): Promise<void> {
    if (this.#used > 0 || this.#writing !== null || this.#report.bytes > 0) this.keep(RIEMANN, NOTHING, 0, 0, 0);
    while (this.#writing !== null || this.#used > 0) {
      if (this.#writing === null) this.#write();
      await this.#writing;
    }
    this.#cancelRest?.();
    await this.#options.disk.close().catch((thrown) => this.#drop(0, coerceError(thrown).message));
    this.#episode.end(this.#options, "recording stopped, frames are missing");
  }

  get #room(): number {
    return this.#filling.length - this.#used;
  }

  /** Whether a write may begin. */
  get #isIdle(): boolean {
    return this.#writing === null && this.#cancelRest === null;
  }

  #plan(): void {
    if (!this.#isIdle || this.#used === 0) return;
    if (this.#used >= GATHER_BYTES) this.#write();
    else this.#cancelPlan ??= this.#options.clock.after(GATHER_SECONDS, () => this.#write());
  }

  #write(): void {
    this.#cancelPlan?.();
    this.#cancelPlan = null;
    const [full, end] = [this.#filling, this.#used];
    this.#filling = this.#other;
    this.#used = 0;
    this.#other = full;
    this.#writing = this.#writeOut(full, end).then(() => {
      this.#writing = null;
      this.#plan();
    });
  }

  async #writeOut(bytes: Buffer, end: number): Promise<void> {
    let at = 0;
    try {
      while (at < end) {
        const next = await this.#options.disk.append(bytes, at, end);
        this.#report.frames += runsWithin(bytes, at, next).frames;
        this.#report.bytes += next - at;
        at = next;
      }
      this.#episode.success(this.#options, "frames are recorded again");
    } catch (thrown) {
      this.#cancelRest = this.#options.clock.after(REST_SECONDS, () => {
        this.#cancelRest = null;
        this.#plan();
      });
      this.#drop(runsWithin(bytes, at, end).frames, coerceError(thrown).message);
    }
  }

  #drop(frames: number, reason: string): void {
    this.#report.dropped += frames;
    this.#episode.trouble(this.#options, frames, "frames are not recorded", { reason });
  }
}
