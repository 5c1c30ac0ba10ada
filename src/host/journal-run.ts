import type { Moment } from "../core/journal-clock.ts";
import type { Entry } from "../state/entry.ts";
import { bareEntry, RECORD_HEADER_BYTES, writeHeader } from "../state/journal-record.ts";
import { MAX_RUN_BYTES } from "./ring.ts";

const BUFFER_BYTES = 64 * 1024;
const MAX_SPARE_BUFFERS = 16;

/** Whole messages of one format that came in one after the other: an entry of the journal, and a record of the ring. */
export class JournalRun {
  readonly codec: number;
  /** Of the daemon itself: they are not kept. */
  readonly isOwn: boolean;
  /** Room for the header of the record, then the frames. */
  readonly bytes: Buffer;
  end = RECORD_HEADER_BYTES;
  frames = 0;
  events = 0;

  constructor(codec: number, isOwn: boolean, bytes: Buffer) {
    this.codec = codec;
    this.isOwn = isOwn;
    this.bytes = bytes;
  }

  get length(): number {
    return this.end - RECORD_HEADER_BYTES;
  }

  /** Takes frames; false when they do not fit. */
  add(
    codec: number,
    isOwn: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    frames: number,
    events: number,
  ): boolean {
    if (codec !== this.codec || isOwn !== this.isOwn || this.end + end - start > this.bytes.length) return false;
    this.end += bytes.copy(this.bytes, this.end, start, end);
    this.frames += frames;
    this.events += events;
    return true;
  }

  /** What the journal gets of it. */
  entry(moment: Moment): Entry {
    if (this.isOwn) return bareEntry("own", this.events, moment);
    writeHeader(this.bytes, "frames", this.codec, moment);
    return { items: this.events, payload: this.bytes.subarray(0, this.end) };
  }
}

/** Makes runs, of buffers that are used again. */
export class JournalRuns {
  readonly #spare: Buffer[] = [];

  /** A run with room for frames of so many bytes, and for more where that is no long one. */
  open(codec: number, isOwn: boolean, bytes: number): JournalRun {
    const need = RECORD_HEADER_BYTES + bytes;
    if (need <= BUFFER_BYTES)
      return new JournalRun(codec, isOwn, this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
    return new JournalRun(codec, isOwn, Buffer.allocUnsafeSlow(Math.max(need, RECORD_HEADER_BYTES + MAX_RUN_BYTES)));
  }

  /** Nobody reads these any more. */
  free(runs: readonly JournalRun[]): void {
    for (const { bytes } of runs)
      if (bytes.length === BUFFER_BYTES && this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(bytes);
  }
}
