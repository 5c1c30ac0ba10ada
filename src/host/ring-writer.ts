import type { Moment } from "../core/journal-clock.ts";
import { type EventNumbers, SPREADS, type SpreadBy } from "../core/spread.ts";
import { NO_PARTITIONS } from "../wire/event-partitions.ts";
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
  FROM,
  HEAD,
  HEAP,
  HIGH_WATER_BYTES,
  INDEX,
  NEXT,
  NUMBERS_WIDTH,
  numbersAt,
  padded,
  RECORD_HEADER,
  type RecordRange,
  type RingMemory,
  SKIP,
  STATE,
  THREAD,
  TIME,
  TIME_BYTES,
  TO,
  WANTED,
} from "./ring.ts";
import { WrittenEvents } from "./written-events.ts";

/** A worker that sleeps is woken when so many bytes are before it, whatever they are. */
const MAX_SLEEP_BYTES = 64 * 1024;
/** It is woken so many turns after its first event at most: a wake costs as much as 20 events, and while more comes it can wait. */
const MAX_SLEEP_TURNS = 8;

/** The listener's end. */
export class RingWriter {
  readonly #control: Int32Array;
  readonly #numbers: Float64Array;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #readers = new Set<number>();
  readonly #toWake = new Set<number>();
  /** Where the next record goes; HEAD follows when it is published. */
  #head = 0;
  /** Events that are on their way to the ring. */
  coming = 0;
  readonly memory: RingMemory;
  readonly #written: WrittenEvents;

  constructor(memory: RingMemory, events = 0) {
    this.memory = memory;
    this.#written = new WrittenEvents(memory, events);
    this.#control = new Int32Array(memory.control);
    this.#numbers = new Float64Array(memory.numbers);
    this.#bytes = Buffer.from(memory.data);
    this.#words = new Int32Array(memory.data);
    this.#floats = new Float64Array(memory.data);
  }

  get hasRoom(): boolean {
    return this.#unread() < HIGH_WATER_BYTES;
  }

  /** Every worker has dealt with all that was written. */
  get isEmpty(): boolean {
    return this.#unread() === 0;
  }

  /** Asks the workers that leave no room, or if none does all, to tell when they have made some. */
  want(): void {
    const all = [...this.#readers];
    const inTheWay = all.filter((worker) => this.isInTheWay(worker));
    for (const worker of inTheWay.length > 0 ? inTheWay : all) Atomics.store(this.#control, at(worker) + WANTED, 1);
    this.wake();
  }

  /** The pipelines of a worker get the events of these spreads; others do not wake it. */
  follow(worker: number, spreads: readonly SpreadBy[]): void {
    this.#written.follow(worker, spreads);
  }

  /** Events in all records, since the ring was made; with a journal, since that began. */
  get events(): number {
    return this.#written.count;
  }

  /** The same, of each spread of a worker. */
  eventsOf(worker: number): EventNumbers {
    return this.#written.of(worker);
  }

  /**
   * The frames in [start, end) with `events` events go to every worker. False when they do not fit.
   *
   * @param partitions - Of these events, where pipelines are spread over several workers.
   */
  write(codec: number, bytes: Buffer, start: number, end: number, events: number, partitions = NO_PARTITIONS): boolean {
    const length = end - start;
    const size = padded(length) + padded(partitions.length);
    const offset = this.#place(size);
    if (offset < 0) return false;
    this.#words[offset >> 2] = length;
    this.#words[(offset >> 2) + 1] = (codec << CODEC_SHIFT) | events;
    bytes.copy(this.#bytes, offset + RECORD_HEADER, start, end);
    partitions.copy(this.#bytes, offset + RECORD_HEADER + padded(length));
    this.#advance(RECORD_HEADER + size, events, partitions);
    return true;
  }

  /** Announces a message of its own with `events` events, which every worker must already have been sent. */
  writeAside(codec: number, events: number, partitions = NO_PARTITIONS): void {
    const offset = this.#place(0);
    if (offset < 0) throw new Error("ring without room for a header: hasRoom was not asked");
    this.#words[offset >> 2] = ASIDE;
    this.#words[(offset >> 2) + 1] = (codec << CODEC_SHIFT) | events;
    this.#advance(RECORD_HEADER, events, partitions);
  }

  /** What follows came in at that moment. */
  writeTime({ now, elapsed }: Moment): void {
    const offset = this.#place(TIME_BYTES);
    if (offset < 0) throw new Error("ring without room for a moment: hasRoom was not asked");
    this.#words[offset >> 2] = TIME;
    this.#words[(offset >> 2) + 1] = 0;
    this.#floats[(offset >> 3) + 1] = now;
    this.#floats[(offset >> 3) + 2] = elapsed;
    this.#advance(RECORD_HEADER + TIME_BYTES, 0, NO_PARTITIONS);
  }

  /**
   * Publishes what was written to the workers. One that sleeps, and gets no event of it, sleeps on: it passes over such
   * records later, many at once. Others are woken once nothing more comes, or after eight turns.
   */
  publish(): void {
    Atomics.store(this.#control, HEAD, this.#head);
    for (const worker of this.#readers)
      if (this.#behind(worker) >= MAX_SLEEP_BYTES) this.#wake(worker);
      else if (this.#written.isAwaited(worker) && this.#isAsleep(worker)) this.#wakeLater(worker);
    this.#written.published();
  }

  #wakeLater(worker: number): void {
    if (this.#toWake.size === 0) {
      let [seen, turns] = [this.#head, 0];
      const look = (): void => {
        if (this.#head !== seen && ++turns < MAX_SLEEP_TURNS) {
          seen = this.#head;
          return void setImmediate(look);
        }
        for (const one of this.#toWake) this.#wake(one);
        this.#toWake.clear();
      };
      setImmediate(look);
    }
    this.#toWake.add(worker);
  }

  /** Has all read to the end. */
  wake(): void {
    for (const worker of this.#readers) this.#wake(worker);
  }

  #wake(worker: number): void {
    if (!this.#isAsleep(worker)) return;
    Atomics.store(this.#control, at(worker) + ASLEEP, 0);
    Atomics.notify(this.#control, at(worker) + ASLEEP);
  }

  #isAsleep(worker: number): boolean {
    return Atomics.load(this.#control, at(worker) + ASLEEP) === 1;
  }

  /** A worker follows from now on: from the newest record, or from the first that the one before it was not done with. */
  attach(worker: number, from: "newest" | "undone"): void {
    const base = at(worker);
    const numbers = worker * NUMBERS_WIDTH;
    if (from === "newest") {
      Atomics.store(this.#control, base + CURSOR, this.#head);
      const events = this.eventsOf(worker);
      for (const [at, spread] of SPREADS.entries()) this.#numbers[numbers + DONE + at] = events[spread];
    }
    Atomics.store(this.#control, base + NEXT, Atomics.load(this.#control, base + CURSOR));
    this.#numbers.copyWithin(numbers + BEGUN, numbers + DONE, numbers + DONE + SPREADS.length);
    this.#numbers[numbers + TO] = this.#numbers[numbers + FROM] ?? 0;
    Atomics.store(this.#control, base + ASLEEP, 0);
    Atomics.store(this.#control, base + THREAD, 0);
    Atomics.store(this.#control, base + DECODING, 0);
    this.offerAlone(worker, Atomics.load(this.#control, base + CURSOR));
    this.#readers.add(worker);
  }

  /** A worker is gone: nothing waits for it any more. */
  detach(worker: number): void {
    this.#readers.delete(worker);
  }

  /** The next thread of the worker offers the records up to `position` one at a time. */
  offerAlone(worker: number, position: number): void {
    Atomics.store(this.#control, at(worker) + ALONE, position);
  }

  /** The records that the worker has begun and is not done with; `null` when there are none. */
  underWay(worker: number): RecordRange | null {
    const from = Atomics.load(this.#control, at(worker) + CURSOR);
    const to = Atomics.load(this.#control, at(worker) + NEXT);
    return from === to ? null : { from, to };
  }

  /** The events of the journal that the worker is given again at this moment; `null` when there are none. */
  replaying(worker: number): RecordRange | null {
    const at = (slot: number): number => this.#numbers[worker * NUMBERS_WIDTH + slot] ?? 0;
    return at(FROM) === at(TO) ? null : { from: at(FROM), to: at(TO) };
  }

  /** A worker without a thread gives up the records that it has begun. */
  skipUnderWay(worker: number): void {
    const numbers = worker * NUMBERS_WIDTH;
    this.#numbers.copyWithin(numbers + DONE, numbers + BEGUN, numbers + BEGUN + SPREADS.length);
    Atomics.store(this.#control, at(worker) + CURSOR, Atomics.load(this.#control, at(worker) + NEXT));
  }

  /** Counts up while the worker's thread gets on. */
  beat(worker: number): number {
    return Atomics.load(this.#control, at(worker) + BEAT);
  }

  /** The number that the system gave the worker's thread; 0 when that is not known. */
  threadId(worker: number): number {
    return Atomics.load(this.#control, at(worker) + THREAD);
  }

  isDecoding(worker: number): boolean {
    return Atomics.load(this.#control, at(worker) + DECODING) === 1;
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
    return this.doneOf(worker).all;
  }

  /** The same, of each spread of the worker. */
  doneOf(worker: number): EventNumbers {
    return numbersAt(this.#numbers, worker * NUMBERS_WIDTH + DONE);
  }

  gauges(worker: number): { readonly heapBytes: number; readonly stateBytes: number; readonly indexEvents: number } {
    const at = (slot: number): number => this.#numbers[worker * NUMBERS_WIDTH + slot] ?? 0;
    return { heapBytes: at(HEAP), stateBytes: at(STATE), indexEvents: at(INDEX) };
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

  /** Where a record of `size` bytes can go; -1 when nowhere. */
  #place(size: number): number {
    const need = RECORD_HEADER + size;
    const offset = this.#head & (this.#bytes.length - 1);
    const rest = this.#bytes.length - offset;
    if (need <= rest) return this.#free() >= need ? offset : -1;
    if (this.#free() < rest + need) return -1;
    this.#words[offset >> 2] = SKIP;
    this.#head = (this.#head + rest) | 0;
    return 0;
  }

  #advance(size: number, events: number, partitions: Buffer): void {
    this.#written.add(events, partitions);
    this.#head = (this.#head + size) | 0;
  }
}
