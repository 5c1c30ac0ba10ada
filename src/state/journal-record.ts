import type { Moment } from "../core/journal-clock.ts";
import type { Entry } from "./entry.ts";
import type { Origin } from "./origin.ts";

/*
 * The payload of an entry of the journal:
 *
 *   | version, 8 bits | kind, 8 bits | codec, 8 bits | 0, 40 bits | now, 64-bit float | elapsed, 64-bit float | frames … |
 *
 * little-endian. With events that a pipeline reinjected stands in front of the frames where they came out:
 *
 *   | elapsed, 64-bit float | count, 32 bits | length of the pipeline's name, 32 bits | name |
 */
const VERSION = 1;
const NOW_AT = 8;
const ELAPSED_AT = 16;
export const RECORD_HEADER_BYTES = 24;
const ORIGIN_AT = RECORD_HEADER_BYTES;
const COUNT_AT = ORIGIN_AT + 8;
const LENGTH_AT = COUNT_AT + 4;
const NAME_AT = LENGTH_AT + 4;

/** In the order of their numbers, which begin at 1. */
const KINDS = ["frames", "reinjected", "own", "tick", "start"] as const;

/**
 * What stands in a journal.
 *
 * frames: what came in. reinjected: what a pipeline sends to all. own: events of the daemon itself, which are only counted. tick: time passes. start: a process
 * begins, and the time since the record before was no time of service.
 */
export type JournalRecordKind = (typeof KINDS)[number];

export interface JournalRecord extends Moment {
  readonly kind: JournalRecordKind;
  /** The format of the frames. */
  readonly codec: number;
  readonly events: number;
  /** Whole messages, each with its length in front; none of what the daemon itself has to say. */
  readonly frames: Buffer;
  /** Of the last event, of those that were reinjected; else null. */
  readonly origin: Origin | null;
}

/** A record where it stands. */
export interface PlacedRecord extends JournalRecord {
  /** How many events stand before it. */
  readonly position: number;
}

/** An entry of frames that a pipeline reinjected. */
export function reinjectedEntry(origin: Origin, codec: number, frames: Buffer, events: number, moment: Moment): Entry {
  const name = Buffer.from(origin.pipeline);
  const header = Buffer.alloc(NAME_AT);
  writeHeader(header, "reinjected", codec, moment);
  header.writeDoubleLE(origin.elapsed, ORIGIN_AT);
  header.writeUInt32LE(origin.count, COUNT_AT);
  header.writeUInt32LE(name.length, LENGTH_AT);
  return { items: events, payload: Buffer.concat([header, name, frames]) };
}

/** Writes the header in front of frames that begin at `RECORD_HEADER_BYTES`. */
export function writeHeader(payload: Buffer, kind: JournalRecordKind, codec: number, { now, elapsed }: Moment): void {
  payload.fill(0, 0, NOW_AT);
  payload.writeUInt8(VERSION, 0);
  payload.writeUInt8(KINDS.indexOf(kind) + 1, 1);
  payload.writeUInt8(codec, 2);
  payload.writeDoubleLE(now, NOW_AT);
  payload.writeDoubleLE(elapsed, ELAPSED_AT);
}

/** An entry without frames. */
export function bareEntry(kind: JournalRecordKind, events: number, moment: Moment): Entry {
  const payload = Buffer.alloc(RECORD_HEADER_BYTES);
  writeHeader(payload, kind, 0, moment);
  return { items: events, payload };
}

/** The record of an entry; null when it is of another version of FastTS. */
export function recordOf({ items, payload }: Entry): JournalRecord | null {
  if (payload.length < RECORD_HEADER_BYTES || payload.readUInt8(0) !== VERSION) return null;
  const kind = KINDS[payload.readUInt8(1) - 1];
  if (kind === undefined) return null;
  const origin = kind === "reinjected" ? originOf(payload) : null;
  const framesAt = origin === null ? RECORD_HEADER_BYTES : NAME_AT + payload.readUInt32LE(LENGTH_AT);
  return {
    kind,
    origin,
    codec: payload.readUInt8(2),
    now: payload.readDoubleLE(NOW_AT),
    elapsed: payload.readDoubleLE(ELAPSED_AT),
    events: items,
    frames: payload.subarray(framesAt),
  };
}

function originOf(payload: Buffer): Origin {
  const end = NAME_AT + payload.readUInt32LE(LENGTH_AT);
  return {
    pipeline: payload.toString("utf8", NAME_AT, end),
    elapsed: payload.readDoubleLE(ORIGIN_AT),
    count: payload.readUInt32LE(COUNT_AT),
  };
}
