import type { Moment } from "../core/journal-clock.ts";
import type { Intake } from "../ingest/intake.ts";
import type { Entry } from "../state/entry.ts";
import { bareEntry, RECORD_HEADER_BYTES, reinjectedEntry, writeHeader } from "../state/journal-record.ts";
import type { Origin } from "../state/origin.ts";
import { MAX_RUN_BYTES } from "./ring.ts";

/** Of the buffers that are used again: for short frames, and for those of a record as long as the ring takes. */
const BUFFER_BYTES = 64 * 1024;
const LONG_BUFFER_BYTES = RECORD_HEADER_BYTES + MAX_RUN_BYTES;
const MAX_SPARE_BYTES = 1024 * 1024;

/** Who a run comes from: clients, the daemon itself, whose events are not kept, or a pipeline that reinjects them. */
export type RunSource = "clients" | "daemon" | Origin;

/** Whole messages of one format that came in one after the other: an entry of the journal, and a record of the ring. */
export class JournalRun {
  readonly codec: number;
  readonly source: RunSource;
  /** Room for the header of the record, then the frames. */
  readonly bytes: Buffer;
  end = RECORD_HEADER_BYTES;
  events = 0;
  /** Of its events, where pipelines are spread over several workers. */
  readonly #partitions: Buffer[] = [];

  constructor(codec: number, source: RunSource, bytes: Buffer) {
    this.codec = codec;
    this.source = source;
    this.bytes = bytes;
  }

  get length(): number {
    return this.end - RECORD_HEADER_BYTES;
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
      return reinjectedEntry(source, codec, this.bytes.subarray(RECORD_HEADER_BYTES, this.end), events, moment);
    writeHeader(this.bytes, "frames", codec, moment);
    return { items: events, payload: this.bytes.subarray(0, this.end) };
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
    const need = RECORD_HEADER_BYTES + end - start;
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
