import type { Moment } from "../core/journal-clock.ts";
import type { Entry } from "./entry.ts";

/*
 * The payload of an entry of the journal:
 *
 *   | version, 8 bits | kind, 8 bits | codec, 8 bits | 0, 40 bits | now, 64-bit float | elapsed, 64-bit float | frames … |   little-endian
 */
const VERSION = 1;
const NOW_AT = 8;
const ELAPSED_AT = 16;
export const RECORD_HEADER_BYTES = 24;

/** In the order of their numbers, which begin at 1. */
const KINDS = ["frames", "own", "tick", "start"] as const;

/**
 * What stands in a journal.
 *
 * frames: what came in. own: events of the daemon itself, which are only counted. tick: time passes. start: a process
 * begins, and the time since the record before was no time of service.
 */
export type JournalRecordKind = (typeof KINDS)[number];

export interface JournalRecord extends Moment {
  readonly kind: JournalRecordKind;
  /** The format of the frames. */
  readonly codec: number;
  readonly events: number;
  /** Whole messages, each with its length in front; none but of `frames`. */
  readonly frames: Buffer;
}

/** A record where it stands. */
export interface PlacedRecord extends JournalRecord {
  /** How many events stand before it. */
  readonly position: number;
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
  return {
    kind,
    codec: payload.readUInt8(2),
    now: payload.readDoubleLE(NOW_AT),
    elapsed: payload.readDoubleLE(ELAPSED_AT),
    events: items,
    frames: payload.subarray(RECORD_HEADER_BYTES),
  };
}
