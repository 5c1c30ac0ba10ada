import type { EventOrList } from "../core/event-list.ts";
import { Queue } from "../core/queue.ts";
import { weighValue } from "../core/weigh.ts";

/** Its share of the bytes that a worker's state may take, and what it is at least. */
const STATE_SHARE = 1 / 8;
const MIN_BYTES = 16 * 1024 * 1024;

/** A stretch of a batch that is shared with other pipelines and never changed. */
export interface Slice {
  readonly events: readonly EventOrList[];
  readonly from: number;
}

/** A pipeline's entry queue: batches as they came, the front one perhaps half done. Its owner keeps it bounded. */
export class Inbox {
  /** Longer events count as several. */
  readonly #bytesPerEvent: number;
  readonly #slices = new Queue<Slice>();
  #length = 0;
  #bytes = 0;
  /** The batch of single events that stands last, and may grow. */
  #open: EventOrList[] | null = null;

  /**
   * @param limit - How many events it is to hold.
   * @param maxStateBytes - See `StateBudget`.
   */
  constructor(limit: number, maxStateBytes: number) {
    this.#bytesPerEvent = Math.max(MIN_BYTES, maxStateBytes * STATE_SHARE) / limit;
  }

  /** In events. */
  get length(): number {
    return this.#length;
  }

  /** How full it is: its length, or more when its events are long. */
  get load(): number {
    return Math.max(this.#length, this.#bytes / this.#bytesPerEvent);
  }

  push(events: readonly EventOrList[], from: number): void {
    if (from >= events.length) return;
    this.#slices.push({ events, from });
    this.#count(events, from, 1);
    this.#open = null;
  }

  /** Adds a single event, or list. */
  add(value: EventOrList): void {
    if (this.#open === null) {
      this.#open = [value];
      this.#slices.push({ events: this.#open, from: 0 });
    } else this.#open.push(value);
    this.#length++;
    this.#bytes += weighValue(value);
  }

  shift(): Slice | undefined {
    const slice = this.#slices.shift();
    if (slice === undefined) return undefined;
    this.#count(slice.events, slice.from, -1);
    if (slice.events === this.#open) this.#open = null;
    return slice;
  }

  /** Puts the rest of a slice back in front. */
  unshift(events: readonly EventOrList[], from: number): void {
    if (from >= events.length) return;
    this.#slices.unshift({ events, from });
    this.#count(events, from, 1);
  }

  /** Throws all away; returns how many events that were. */
  clear(): number {
    const length = this.#length;
    this.#slices.clear();
    this.#open = null;
    this.#length = 0;
    this.#bytes = 0;
    return length;
  }

  /** The events of a slice come, or go. */
  #count(events: readonly EventOrList[], from: number, sign: 1 | -1): void {
    this.#length += sign * (events.length - from);
    let bytes = 0;
    for (let at = from; at < events.length; at++) bytes += weighValue(events[at]);
    this.#bytes += sign * bytes;
  }
}
