/*
 * The way from the listener to the workers: whole frames, written once into shared memory, read by every worker with a
 * cursor of its own.
 *
 *   control:  HEAD WANTED | worker 0: CURSOR NEXT ASLEEP BEAT … | worker 1: …        32-bit integers
 *   numbers:  worker 0: BEGUN DONE HEAP INDEX | worker 1: …                                64-bit floats
 *   data:     [ length, codec << 24 + events | frames … | padding to 8 ] [ … ] …     a ring
 *
 * Positions count bytes and wrap at 2^32; the ring's size is a power of two. HEAD is stored after the bytes and CURSOR
 * after the work, both with Atomics, which orders everything else. A record never straddles the end of the ring: a
 * length of SKIP sends the reader to its beginning. What is too long for the ring travels as a message of its own, and
 * a record of length ASIDE stands for it.
 */
const HEAD = 0;
/** The writer waits for room: a reader that makes some tells it. */
const WANTED = 1;
const SHARED_WIDTH = 16;
const CURSOR = 0;
/** The end of the records that are being worked on; equal to CURSOR when there are none. */
const NEXT = 1;
const ASLEEP = 2;
const BEAT = 3;
/** A worker's own numbers, on a cache line of their own. */
const WORKER_WIDTH = 16;
/** Events in all records up to NEXT, since the ring was made. */
const BEGUN = 0;
/** Events in all records up to CURSOR. */
const DONE = 1;
const HEAP = 2;
const INDEX = 3;
const NUMBERS_WIDTH = 8;

const SKIP = -1;
const ASIDE = -2;
const RECORD_HEADER = 8;
/** A record has fewer events than 2^24: a message has 262,144 at most, and a run of short ones is 0.5 MiB long. */
const CODEC_SHIFT = 24;
const EVENTS_MASK = 2 ** CODEC_SHIFT - 1;

const RING_BYTES = 4 * 1024 * 1024;
/** Unread bytes at which reading stops: about 12,000 events, 10 ms of work for light pipelines. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** Unread bytes at which reading goes on, so that the worker never runs dry. */
const LOW_WATER_BYTES = 512 * 1024;
/** Maximum length of a record; longer runs of frames go aside. */
export const MAX_RUN_BYTES = 256 * 1024;
/** The shared memory, as it is handed to a worker. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly numbers: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
}

export function ringMemory(workers: number, size = RING_BYTES): RingMemory {
  return {
    control: new SharedArrayBuffer((SHARED_WIDTH + workers * WORKER_WIDTH) * Int32Array.BYTES_PER_ELEMENT),
    numbers: new SharedArrayBuffer(workers * NUMBERS_WIDTH * Float64Array.BYTES_PER_ELEMENT),
    data: new SharedArrayBuffer(size),
  };
}

/** The listener's end. */
export class RingWriter {
  readonly #control: Int32Array;
  readonly #numbers: Float64Array;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #readers = new Set<number>();
  /** Where the next record goes; HEAD follows when it is shown to the workers. */
  #head = 0;
  /** Events in all records, since the ring was made. */
  events = 0;

  constructor(memory: RingMemory) {
    this.#control = new Int32Array(memory.control);
    this.#numbers = new Float64Array(memory.numbers);
    this.#bytes = Buffer.from(memory.data);
    this.#words = new Int32Array(memory.data);
  }

  get hasRoom(): boolean {
    return this.#unread() < HIGH_WATER_BYTES;
  }

  /** Whether every worker has dealt with all that was written. */
  get isEmpty(): boolean {
    return this.#unread() === 0;
  }

  /** Asks the readers to tell when there is room. */
  want(): void {
    Atomics.store(this.#control, WANTED, 1);
  }

  /** The frames in [start, end) with `events` events go to every worker. False when they do not fit. */
  write(codec: number, bytes: Buffer, start: number, end: number, events: number): boolean {
    const length = end - start;
    const offset = this.#place(length);
    if (offset < 0) return false;
    this.#words[offset >> 2] = length;
    this.#words[(offset >> 2) + 1] = (codec << CODEC_SHIFT) | events;
    bytes.copy(this.#bytes, offset + RECORD_HEADER, start, end);
    this.#advance(RECORD_HEADER + padded(length), events);
    return true;
  }

  /** Announces a message of its own with `events` events, which every worker must already have been sent. */
  writeAside(codec: number, events: number): void {
    const offset = this.#place(0);
    if (offset < 0) throw new Error("ring without room for a header: hasRoom was not asked");
    this.#words[offset >> 2] = ASIDE;
    this.#words[(offset >> 2) + 1] = (codec << CODEC_SHIFT) | events;
    this.#advance(RECORD_HEADER, events);
  }

  /** Publishes what was written to the workers. */
  publish(): void {
    Atomics.store(this.#control, HEAD, this.#head);
    for (const worker of this.#readers) {
      if (Atomics.load(this.#control, at(worker) + ASLEEP) === 0) continue;
      Atomics.store(this.#control, at(worker) + ASLEEP, 0);
      Atomics.notify(this.#control, at(worker) + ASLEEP);
    }
  }

  /** A worker follows from now on: from the newest record, or from the first that the one before it was not done with. */
  attach(worker: number, from: "newest" | "undone"): void {
    const base = at(worker);
    const numbers = worker * NUMBERS_WIDTH;
    if (from === "newest") {
      Atomics.store(this.#control, base + CURSOR, this.#head);
      this.#numbers[numbers + DONE] = this.events;
    }
    Atomics.store(this.#control, base + NEXT, Atomics.load(this.#control, base + CURSOR));
    this.#numbers[numbers + BEGUN] = this.#numbers[numbers + DONE] ?? 0;
    Atomics.store(this.#control, base + ASLEEP, 0);
    this.#readers.add(worker);
  }

  /** A worker is gone: nothing waits for it any more. */
  detach(worker: number): void {
    this.#readers.delete(worker);
  }

  /** Counts up while the worker's loop turns. */
  beat(worker: number): number {
    return Atomics.load(this.#control, at(worker) + BEAT);
  }

  /** Whether it is this worker that leaves no room. */
  isInTheWay(worker: number): boolean {
    return this.#readers.has(worker) && this.#behind(worker) >= HIGH_WATER_BYTES;
  }

  /** Events in the records that the worker has begun, since the ring was made. */
  begun(worker: number): number {
    return this.#numbers[worker * NUMBERS_WIDTH + BEGUN] ?? 0;
  }

  /** Events in the records that the worker is done with, since the ring was made. */
  done(worker: number): number {
    return this.#numbers[worker * NUMBERS_WIDTH + DONE] ?? 0;
  }

  heapBytes(worker: number): number {
    return this.#numbers[worker * NUMBERS_WIDTH + HEAP] ?? 0;
  }

  indexEvents(worker: number): number {
    return this.#numbers[worker * NUMBERS_WIDTH + INDEX] ?? 0;
  }

  #behind(worker: number): number {
    return (this.#head - Atomics.load(this.#control, at(worker) + CURSOR)) >>> 0;
  }

  /** Bytes that the slowest worker has before it. */
  #unread(): number {
    let most = 0;
    for (const worker of this.#readers) most = Math.max(most, this.#behind(worker));
    return most;
  }

  #free(): number {
    return this.#bytes.length - this.#unread();
  }

  /** Where a record of `length` bytes can go; -1 when nowhere. */
  #place(length: number): number {
    const need = RECORD_HEADER + padded(length);
    const offset = this.#head & (this.#bytes.length - 1);
    const rest = this.#bytes.length - offset;
    if (need <= rest) return this.#free() >= need ? offset : -1;
    if (this.#free() < rest + need) return -1;
    this.#words[offset >> 2] = SKIP;
    this.#head = (this.#head + rest) | 0;
    return 0;
  }

  #advance(size: number, events: number): void {
    this.events += events;
    this.#head = (this.#head + size) | 0;
  }
}

/** A worker's end. */
export class RingReader {
  readonly #control: Int32Array;
  readonly #numbers: Float64Array;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #worker: number;
  readonly #tellRoom: () => void;
  /** All of the ring: {@link RingReader.next} tells which part of it. */
  readonly bytes: Buffer;
  start = 0;
  end = 0;
  /** The format of its messages. */
  codec = 0;

  /** @param tellRoom - Called when the writer waits and there is room again. */
  constructor(memory: RingMemory, worker: number, tellRoom: () => void) {
    this.#control = new Int32Array(memory.control);
    this.#numbers = new Float64Array(memory.numbers);
    this.#words = new Int32Array(memory.data);
    this.bytes = Buffer.from(memory.data);
    this.#base = at(worker);
    this.#worker = worker;
    this.#tellRoom = tellRoom;
  }

  /** Events in the records begun so far. */
  get begun(): number {
    return this.#numbers[this.#worker * NUMBERS_WIDTH + BEGUN] ?? 0;
  }

  /** Begins the next record: [start, end) of `bytes`, or a message aside, both of `codec`. */
  next(): "frames" | "aside" | "none" {
    const head = Atomics.load(this.#control, HEAD);
    let cursor = Atomics.load(this.#control, this.#base + NEXT);
    for (;;) {
      if (cursor === head) return "none";
      const offset = cursor & (this.bytes.length - 1);
      const length = this.#words[offset >> 2] ?? 0;
      if (length === SKIP) {
        cursor = (cursor + this.bytes.length - offset) | 0;
        continue;
      }
      const word = this.#words[(offset >> 2) + 1] ?? 0;
      this.codec = word >>> CODEC_SHIFT;
      const events = word & EVENTS_MASK;
      const size = RECORD_HEADER + (length === ASIDE ? 0 : padded(length));
      this.#numbers[this.#worker * NUMBERS_WIDTH + BEGUN] = this.begun + events;
      Atomics.store(this.#control, this.#base + NEXT, (cursor + size) | 0);
      this.start = offset + RECORD_HEADER;
      this.end = this.start + length;
      return length === ASIDE ? "aside" : "frames";
    }
  }

  /** All records begun are dealt with. */
  done(): void {
    this.#numbers[this.#worker * NUMBERS_WIDTH + DONE] = this.begun;
    Atomics.store(this.#control, this.#base + CURSOR, Atomics.load(this.#control, this.#base + NEXT));
    if (Atomics.load(this.#control, WANTED) === 0) return;
    const behind = (Atomics.load(this.#control, HEAD) - Atomics.load(this.#control, this.#base + CURSOR)) >>> 0;
    if (behind > LOW_WATER_BYTES) return;
    Atomics.store(this.#control, WANTED, 0);
    this.#tellRoom();
  }

  /**
   * Sleeps: `wake` is called, once, when there is something to read. The event loop goes on meanwhile. (A message to
   * wake a worker costs both threads more: x 0.76 with one event a message, a tie with 100.)
   */
  sleep(wake: () => void): void {
    Atomics.store(this.#control, this.#base + ASLEEP, 1);
    if (Atomics.load(this.#control, HEAD) !== Atomics.load(this.#control, this.#base + CURSOR)) {
      Atomics.store(this.#control, this.#base + ASLEEP, 0);
      return wake();
    }
    const waiting = Atomics.waitAsync(this.#control, this.#base + ASLEEP, 1);
    if (waiting.async) void waiting.value.then(wake);
    else wake();
  }

  /** Says that the loop turns, and how much heap is in use. */
  beat(heapBytes: number, indexEvents: number): void {
    Atomics.add(this.#control, this.#base + BEAT, 1);
    this.#numbers[this.#worker * NUMBERS_WIDTH + HEAP] = heapBytes;
    this.#numbers[this.#worker * NUMBERS_WIDTH + INDEX] = indexEvents;
  }
}

function at(worker: number): number {
  return SHARED_WIDTH + worker * WORKER_WIDTH;
}

function padded(length: number): number {
  return (length + 7) & ~7;
}
