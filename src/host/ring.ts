import { type EventNumbers, SPREADS } from "../core/spread.ts";

/*
 * The way from the listener to the workers: whole frames, written once into shared memory, read by every worker with a
 * cursor of its own.
 *
 *   control:  HEAD | worker 0: CURSOR NEXT ASLEEP BEAT THREAD DECODING ALONE WANTED | …      32-bit integers
 *   numbers:  worker 0: BEGUN×4 DONE×4 HEAP INDEX STATE FROM TO | worker 1: …                    64-bit floats
 *   data:     [ length, codec << 24 + events | frames … | padding to 8 | partitions … | padding to 8 ] [ … ] …     a ring
 *
 * BEGUN and DONE have a number for each of SPREADS. The partitions are those of each event, where pipelines are spread over
 * several workers: see `EventPartitions`.
 *
 * Positions count bytes and wrap at 2^32; the ring's size is a power of two. HEAD is stored after the bytes and CURSOR
 * after the work, both with Atomics, which orders everything else. A record never straddles the end of the ring: a
 * length of SKIP sends the reader to its beginning. What is too long for the ring travels as a message of its own, and
 * a record of length ASIDE stands for it. With a journal a record of length TIME stands in front of those that came in at
 * that moment: now and elapsed, two 64-bit floats.
 */
export const HEAD = 0;
const SHARED_WIDTH = 16;
export const CURSOR = 0;
/** The end of the records that are being worked on; equal to CURSOR when there are none. */
export const NEXT = 1;
export const ASLEEP = 2;
export const BEAT = 3;
/** The number that the system gave the thread; 0 until that is known. */
export const THREAD = 4;
/** 1 while it decodes messages: it runs no user code then. */
export const DECODING = 5;
/** Records up to here are offered one at a time. */
export const ALONE = 6;
/** The writer waits for the worker to make room: it tells when it has. */
export const WANTED = 7;
/** A worker's own numbers, on a cache line of their own. */
const WORKER_WIDTH = 16;
/** Events in all records up to NEXT, since the ring was made: all, and those of the worker's hosts, services, and partition keys. */
export const BEGUN = 0;
/** The same, in all records up to CURSOR. */
export const DONE = BEGUN + SPREADS.length;
export const HEAP = DONE + SPREADS.length;
export const INDEX = HEAP + 1;
export const STATE = INDEX + 1;
/** The events of the journal that are given again; equal when there are none. */
export const FROM = STATE + 1;
export const TO = FROM + 1;
export const NUMBERS_WIDTH = 16;

export const SKIP = -1;
export const ASIDE = -2;
export const TIME = -3;
export const TIME_BYTES = 16;
export const RECORD_HEADER = 8;
/** A record has fewer events than 2^24: a message has 262,144 at most, and a run of short ones is 0.5 MiB long. */
export const CODEC_SHIFT = 24;
export const EVENTS_MASK = 2 ** CODEC_SHIFT - 1;

const RING_BYTES = 4 * 1024 * 1024;
/** Unread bytes at which reading stops: about 12,000 events, 10 ms of work for light pipelines. */
export const HIGH_WATER_BYTES = 1024 * 1024;
/** Unread bytes at which reading goes on, so that the worker never runs dry. */
export const LOW_WATER_BYTES = 512 * 1024;
/** Maximum length of a record; longer runs of frames go aside. */
export const MAX_RUN_BYTES = 256 * 1024;

/** Records, by their positions: in the ring, or in events of the journal. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
}

/** The shared memory, as it is handed to a worker. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly numbers: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
  /** How many read it. */
  readonly workers: number;
  /** How many bytes of partitions an event has; 0: pipelines are not spread over the workers. */
  readonly partitionBytes: number;
}

export function ringMemory(workers: number, partitionBytes = 0, size = RING_BYTES): RingMemory {
  return {
    control: new SharedArrayBuffer((SHARED_WIDTH + workers * WORKER_WIDTH) * Int32Array.BYTES_PER_ELEMENT),
    numbers: new SharedArrayBuffer(workers * NUMBERS_WIDTH * Float64Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(size),
    workers,
    partitionBytes,
  };
}

/** Where a worker's part of the control words begins. */
export function at(worker: number): number {
  return SHARED_WIDTH + worker * WORKER_WIDTH;
}

/** Bytes of the partitions of a record. */
export function partitionsLength(events: number, { partitionBytes }: Pick<RingMemory, "partitionBytes">): number {
  return events * partitionBytes;
}

/** What stands at `at` and behind it. */
export function numbersAt(numbers: Float64Array, at: number): EventNumbers {
  return {
    all: numbers[at] ?? 0,
    host: numbers[at + 1] ?? 0,
    service: numbers[at + 2] ?? 0,
    key: numbers[at + 3] ?? 0,
  };
}

export function padded(length: number): number {
  return (length + 7) & ~7;
}
