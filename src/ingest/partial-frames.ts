import type { Cancel, Clock } from "../core/clock.ts";

/** Seconds without a byte, after which an unfinished message is not waited for. */
const MAX_IDLE_SECONDS = 10;
/** An unfinished message has to make this progress on average over this time. */
const MIN_PROGRESS_BYTES = 16 * 1024;
const PROGRESS_SECONDS = 30;

/** The holder of an unfinished frame. */
export interface PartialHolder {
  /** Whether it is being read from: nothing can come otherwise. */
  readonly canGoOn: boolean;
  /** Its frame is not waited for any longer, and is forgotten. */
  refusePartial(cause: "full" | "unfinished", reason: string): void;
}

interface Partial {
  bytes: number;
  /** When the last byte came, in seconds of reading. */
  lastAt: number;
  /** When its progress was looked at last, and how many bytes it had then. */
  lookedAt: number;
  bytesThen: number;
}

export interface PartialFramesOptions {
  /** Maximum bytes of all together. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Whether no connection is read at present. */
  readonly isPaused: () => boolean;
}

/**
 * Keeps count of the bytes that have come of unfinished frames. Once they are too many, the one that has made no
 * progress for longest is refused; so is one that stands still or crawls.
 *
 * Time is counted in seconds in which connections are read: a sender is not blamed while its connection is not read,
 * nor while the process was suspended.
 */
export class PartialFrames {
  /** The one without progress for longest comes first. */
  readonly #partials = new Map<PartialHolder, Partial>();
  readonly #options: PartialFramesOptions;
  #bytes = 0;
  #seconds = 0;
  #cancelLook: Cancel | null = null;

  constructor(options: PartialFramesOptions) {
    this.#options = options;
  }

  /** More has come of the holder's frame: it has `bytes` now. */
  grown(holder: PartialHolder, bytes: number): void {
    const now = this.#seconds;
    const partial = this.#partials.get(holder) ?? { bytes: 0, lastAt: now, lookedAt: now, bytesThen: 0 };
    this.#bytes += bytes - partial.bytes;
    partial.bytes = bytes;
    partial.lastAt = now;
    this.#partials.delete(holder);
    this.#partials.set(holder, partial);
    this.#cancelLook ??= this.#options.clock.every(1, () => this.#look());
    const { maxBytes } = this.#options;
    while (this.#bytes > maxBytes) {
      const [oldest] = this.#partials.keys();
      if (oldest === undefined) return;
      this.#refuse(oldest, "full", `unfinished messages take more than ${maxBytes} bytes: send smaller batches`);
    }
  }

  /** The holder's frame is complete, or dropped. */
  ended(holder: PartialHolder): void {
    this.#bytes -= this.#partials.get(holder)?.bytes ?? 0;
    this.#partials.delete(holder);
  }

  #look(): void {
    if (this.#options.isPaused()) return;
    const now = ++this.#seconds;
    for (const [holder, partial] of this.#partials) {
      if (!holder.canGoOn) {
        partial.lastAt = now;
        this.#progressed(partial);
      } else if (now - partial.lastAt > MAX_IDLE_SECONDS) {
        const reason = `no byte of an unfinished message came for ${MAX_IDLE_SECONDS} s: send messages whole`;
        this.#refuse(holder, "unfinished", reason);
      } else if (now - partial.lookedAt >= PROGRESS_SECONDS) {
        if (partial.bytes - partial.bytesThen >= MIN_PROGRESS_BYTES * PROGRESS_SECONDS) this.#progressed(partial);
        else this.#refuse(holder, "unfinished", TOO_SLOW);
      }
    }
    if (this.#partials.size > 0) return;
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  #progressed(partial: Partial): void {
    partial.lookedAt = this.#seconds;
    partial.bytesThen = partial.bytes;
  }

  #refuse(holder: PartialHolder, cause: "full" | "unfinished", reason: string): void {
    this.ended(holder);
    holder.refusePartial(cause, reason);
  }
}

const TOO_SLOW = `an unfinished message came slower than ${MIN_PROGRESS_BYTES} bytes/s over ${PROGRESS_SECONDS} s: send smaller batches`;
