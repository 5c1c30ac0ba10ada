import type { Moment } from "../core/journal-clock.ts";
import type { Intake } from "../ingest/intake.ts";
import { type Entry, HEADER_BYTES } from "../state/entry.ts";
import { bareEntry, RECORD_HEADER_BYTES, reinjectedEntry, writeHeader } from "../state/journal-record.ts";
import type { Origin } from "../state/origin.ts";
import { MAX_RUN_BYTES } from "./ring.ts";

/** Where the frames of a run begin: there is room for the headers of the entry, and of the record. */
export const FRAMES_AT = HEADER_BYTES + RECORD_HEADER_BYTES;
/** Of the buffers that are used again: for short frames, and for those of a record as long as the ring takes. */
const BUFFER_BYTES = 64 * 1024;
const LONG_BUFFER_BYTES = FRAMES_AT + MAX_RUN_BYTES;
const MAX_SPARE_BYTES = 1024 * 1024;

/** Who a run comes from: clients, the daemon itself, whose events are not kept, or a pipeline that reinjects them. */
export type RunSource = "clients" | "daemon" | Origin;

/** Whole messages of one format that came in one after the other: an entry of the journal, and a record of the ring. */
export class JournalRun {
  readonly codec: number;
  readonly source: RunSource;
  /** The frames, from `FRAMES_AT` on. */
  readonly bytes: Buffer;
  end = FRAMES_AT;
  events = 0;
  /** Of its events, where pipelines are spread over several workers. */
  readonly #partitions: Buffer[] = [];

  constructor(codec: number, source: RunSource, bytes: Buffer) {
    this.codec = codec;
    this.source = source;
    this.bytes = bytes;
  }

  get length(): number {
    return this.end - FRAMES_AT;
  }

  get partitions(): Buffer {
    return Buffer.concat(this.#partitions);
  }

  /** Takes frames; false when they do not fit. @param partitions - Of their events: they are copied. */
  add(
    source: RunSource,
    partitions: Buffer,
    ...[codec, bytes, start, end, , events]: Parameters<Intake["append"]>
  ): boolean {
    const isOther = codec !== this.codec || source !== this.source;
    if (isOther || this.end + end - start > this.bytes.length) return false;
    this.end += bytes.copy(this.bytes, this.end, start, end);
    this.events += events;
    if (partitions.length > 0) this.#partitions.push(Buffer.from(partitions));
    return true;
  }

  /** What the journal gets of it. */
  entry(moment: Moment): Entry {
    const { source, codec, events } = this;
    if (source === "daemon") return bareEntry("own", events, moment);
    if (source !== "clients")
      return reinjectedEntry(source, codec, this.bytes.subarray(FRAMES_AT, this.end), events, moment);
    const framed = this.bytes.subarray(0, this.end);
    const payload = framed.subarray(HEADER_BYTES);
    writeHeader(payload, "frames", codec, moment);
    return { items: events, payload, framed };
  }
}

/** Makes runs, of buffers that are used again. */
export class JournalRuns {
  readonly #spare = new Map<number, Buffer[]>([
    [BUFFER_BYTES, []],
    [LONG_BUFFER_BYTES, []],
  ]);

  /** A run of these frames, with room for more where they are not long. */
  open(source: RunSource, partitions: Buffer, ...run: Parameters<Intake["append"]>): JournalRun {
    const [codec, , start, end] = run;
    const need = FRAMES_AT + end - start;
    const room = need <= BUFFER_BYTES ? BUFFER_BYTES : Math.max(need, LONG_BUFFER_BYTES);
    const spare = this.#spare.get(room)?.pop();
    const opened = new JournalRun(codec, source, spare ?? Buffer.allocUnsafeSlow(room));
    opened.add(source, partitions, ...run);
    return opened;
  }

  /** Nobody reads these any more. */
  free(runs: readonly JournalRun[]): void {
    for (const { bytes } of runs) {
      const spare = this.#spare.get(bytes.length);
      if (spare !== undefined && spare.length * bytes.length < MAX_SPARE_BYTES) spare.push(bytes);
    }
  }
}
