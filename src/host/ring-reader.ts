import type { Moment } from "../core/journal-clock.ts";
import { type EventNumbers, partitionsOf, SPREADS } from "../core/spread.ts";
import {
  ALONE,
  ASIDE,
  ASLEEP,
  at,
  BEAT,
  BEGUN,
  CODEC_SHIFT,
  CURSOR,
  DECODING,
  DONE,
  EVENTS_MASK,
  FROM,
  HEAD,
  HEAP,
  INDEX,
  LOW_WATER_BYTES,
  NEXT,
  NUMBERS_WIDTH,
  numbersAt,
  padded,
  partitionsLength,
  RECORD_HEADER,
  type RingMemory,
  SKIP,
  STATE,
  THREAD,
  TIME,
  TIME_BYTES,
  TO,
  WANTED,
} from "./ring.ts";

/** A worker's end. */
export class RingReader {
  readonly #control: Int32Array;
  readonly #numbers: Float64Array;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #base: number;
  readonly #worker: number;
  readonly #tellRoom: () => void;
  /** Where it no longer has to go one record at a time; `null` once it is there. */
  #aloneUntil: number | null;
  /** All of the ring: {@link RingReader.next} tells which part of it. */
  readonly bytes: Buffer;
  start = 0;
  end = 0;
  /** The format of its messages, and how many events they have. */
  codec = 0;
  events = 0;
  /** Where in `bytes` its partitions begin. */
  partitions = 0;
  /** How many of its events are of this worker's hosts, of its services, and of its partition keys. */
  hosts = 0;
  services = 0;
  keys = 0;
  /** Which partitions are this worker's. */
  readonly mine: Uint8Array;
  readonly memory: RingMemory;

  /** @param tellRoom - Called when the writer waits and there is room again. */
  constructor(memory: RingMemory, worker: number, tellRoom: () => void) {
    this.#control = new Int32Array(memory.control);
    this.#numbers = new Float64Array(memory.numbers);
    this.#words = new Int32Array(memory.data);
    this.#floats = new Float64Array(memory.data);
    this.bytes = Buffer.from(memory.data);
    this.#base = at(worker);
    this.#worker = worker;
    this.#tellRoom = tellRoom;
    this.memory = memory;
    this.mine = partitionsOf(worker, memory.workers);
    this.#aloneUntil = Atomics.load(this.#control, this.#base + ALONE);
  }

  /** Whether records have partitions. */
  get hasPartitions(): boolean {
    return this.memory.partitionBytes > 0;
  }

  /** Events in the records begun so far. */
  get begun(): number {
    return this.#numbers[this.#worker * NUMBERS_WIDTH + BEGUN] ?? 0;
  }

  /** The same, of each spread of the worker. */
  get begunOf(): EventNumbers {
    return numbersAt(this.#numbers, this.#worker * NUMBERS_WIDTH + BEGUN);
  }

  /** Begins the next record: [start, end) of `bytes`, or a message aside, both of `codec`; or the `moment` of what follows. */
  next(): "frames" | "aside" | "time" | "none" {
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
      this.events = word & EVENTS_MASK;
      this.#numbers[this.#worker * NUMBERS_WIDTH + BEGUN] = this.begun + this.events;
      this.start = offset + RECORD_HEADER;
      this.end = this.start + length;
      this.partitions = this.start + padded(length);
      const partitions = partitionsLength(this.events, this.memory);
      if (length >= 0 && partitions > 0) this.beginPartitions(this.bytes, this.partitions);
      const size = length >= 0 ? padded(length) + padded(partitions) : length === TIME ? TIME_BYTES : 0;
      Atomics.store(this.#control, this.#base + NEXT, (cursor + RECORD_HEADER + size) | 0);
      if (length >= 0) return "frames";
      return length === ASIDE ? "aside" : "time";
    }
  }

  /** Counts the events of the record begun whose host, service or partition key is this worker's. */
  beginPartitions(bytes: Uint8Array, at: number): void {
    this.countPartitions(bytes, at, this.events);
    const begun = this.#worker * NUMBERS_WIDTH + BEGUN;
    this.#numbers[begun + 1] = (this.#numbers[begun + 1] ?? 0) + this.hosts;
    this.#numbers[begun + 2] = (this.#numbers[begun + 2] ?? 0) + this.services;
    this.#numbers[begun + 3] = (this.#numbers[begun + 3] ?? 0) + this.keys;
  }

  /** The same, of events that do not come from the ring. */
  countPartitions(bytes: Uint8Array, at: number, events: number): void {
    const { mine } = this;
    const { partitionBytes: width } = this.memory;
    const end = at + events * width;
    let [hosts, services, keys] = [0, 0, 0];
    for (let partition = at; partition < end; partition += width) {
      hosts += mine[bytes[partition] as number] as number;
      services += mine[bytes[partition + 1] as number] as number;
    }
    if (width > 2)
      for (let partition = at + 2; partition < end; partition += width)
        keys += mine[bytes[partition] as number] as number;
    [this.hosts, this.services, this.keys] = [hosts, services, keys];
  }

  /** What the record begun says, when it is one of a time. */
  get moment(): Moment {
    const at = this.start >> 3;
    return { now: this.#floats[at] ?? 0, elapsed: this.#floats[at + 1] ?? 0 };
  }

  /** All records begun are dealt with. */
  done(): void {
    const numbers = this.#worker * NUMBERS_WIDTH;
    this.#numbers.copyWithin(numbers + DONE, numbers + BEGUN, numbers + BEGUN + SPREADS.length);
    Atomics.store(this.#control, this.#base + CURSOR, Atomics.load(this.#control, this.#base + NEXT));
    if (Atomics.load(this.#control, this.#base + WANTED) === 0) return;
    const behind = (Atomics.load(this.#control, HEAD) - Atomics.load(this.#control, this.#base + CURSOR)) >>> 0;
    if (behind > LOW_WATER_BYTES) return;
    Atomics.store(this.#control, this.#base + WANTED, 0);
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

  /** Whether the record begun is to be offered before the next one: a thread was lost about here. */
  get isAlone(): boolean {
    if (this.#aloneUntil === null) return false;
    const cursor = Atomics.load(this.#control, this.#base + CURSOR);
    if (((this.#aloneUntil - cursor) | 0) > 0) return true;
    this.#aloneUntil = null;
    return false;
  }

  /** Which thread reads. */
  introduce(threadId: number): void {
    Atomics.store(this.#control, this.#base + THREAD, threadId);
  }

  /** Says whether the thread decodes. Plain stores, as in `beat`: they stand around each run of frames. */
  setDecoding(isDecoding: boolean): void {
    this.#control[this.#base + DECODING] = isDecoding ? 1 : 0;
  }

  /** Says that the thread gets on. No other thread writes here, and this is done for each message: it needs no atomic add. */
  beat(): void {
    this.#control[this.#base + BEAT] = ((this.#control[this.#base + BEAT] ?? 0) + 1) | 0;
  }

  /** Says which events of the journal are given again; none: both are equal. */
  replay(from: number, to: number): void {
    this.#numbers[this.#worker * NUMBERS_WIDTH + FROM] = from;
    this.#numbers[this.#worker * NUMBERS_WIDTH + TO] = to;
  }

  /** Says how much is kept. */
  gauge(heapBytes: number, stateBytes: number, indexEvents: number): void {
    this.#numbers[this.#worker * NUMBERS_WIDTH + HEAP] = heapBytes;
    this.#numbers[this.#worker * NUMBERS_WIDTH + STATE] = stateBytes;
    this.#numbers[this.#worker * NUMBERS_WIDTH + INDEX] = indexEvents;
  }
}
