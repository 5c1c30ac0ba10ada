import type { EventOrList } from "../core/event.ts";
import { Queue } from "../core/queue.ts";

/** A stretch of a batch that is shared with other pipelines and never changed. */
export interface Slice {
  readonly events: readonly EventOrList[];
  readonly from: number;
}

/** A pipeline's entry queue: batches as they came, the front one perhaps half done. Its owner keeps it bounded. */
export class Inbox {
  readonly #slices = new Queue<Slice>();
  #length = 0;
  /** The batch of single events that stands last, and may grow. */
  #open: EventOrList[] | null = null;

  /** In events. */
  get length(): number {
    return this.#length;
  }

  push(events: readonly EventOrList[], from: number): void {
    if (from >= events.length) return;
    this.#slices.push({ events, from });
    this.#length += events.length - from;
    this.#open = null;
  }

  /** Adds a single event, or list. */
  add(value: EventOrList): void {
    if (this.#open === null) {
      this.#open = [value];
      this.#slices.push({ events: this.#open, from: 0 });
    } else this.#open.push(value);
    this.#length++;
  }

  shift(): Slice | undefined {
    const slice = this.#slices.shift();
    if (slice === undefined) return undefined;
    this.#length -= slice.events.length - slice.from;
    if (slice.events === this.#open) this.#open = null;
    return slice;
  }

  /** Puts the rest of a slice back in front. */
  unshift(events: readonly EventOrList[], from: number): void {
    if (from >= events.length) return;
    this.#slices.unshift({ events, from });
    this.#length += events.length - from;
  }

  /** Throws all away; returns how many events that were. */
  clear(): number {
    const length = this.#length;
    this.#slices.clear();
    this.#open = null;
    this.#length = 0;
    return length;
  }
}
