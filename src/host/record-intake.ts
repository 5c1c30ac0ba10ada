import type { Event } from "../core/event.ts";
import { type EventNumbers, NO_EVENTS, type SpreadBy, type SpreadField } from "../core/spread.ts";
import type { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import type { MistimedEvents } from "../runtime/mistimed-events.ts";
import { beginTurn, prolongTurn } from "../runtime/turn.ts";
import { EventPartitions } from "../wire/event-partitions.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { MessageDecoders } from "../wire/message-decoders.ts";
import { findPartitions, OF_SPREAD, RecordPartitions } from "./record-partitions.ts";
import type { RingReader } from "./ring-reader.ts";

export interface RecordIntakeOptions {
  readonly router: Router;
  readonly thread: Thread;
  readonly mistimed: MistimedEvents;
  readonly ring: RingReader;
  readonly worker: number;
  readonly partitionKey: SpreadField;
}

/** Decodes the records of the ring in a worker, and offers their events to its pipelines: to each those of its spread. */
export class RecordIntake {
  readonly #decoders: MessageDecoders;
  readonly #router: Router;
  readonly #thread: Thread;
  readonly #mistimed: MistimedEvents;
  readonly #ring: RingReader;
  readonly #partitionKey: SpreadField;
  /** `null`: there is one worker, and records have no partitions. */
  readonly #partitions: RecordPartitions | null;
  /** The numbers of the next events that are offered, since the daemon began. */
  next: EventNumbers = NO_EVENTS;
  #decoded: Event[] = [];
  #now = 0;

  constructor({ router, thread, mistimed, ring, worker, partitionKey }: RecordIntakeOptions) {
    this.#partitionKey = partitionKey;
    this.#router = router;
    this.#thread = thread;
    this.#mistimed = mistimed;
    this.#decoders = new MessageDecoders(mistimed.times);
    this.#ring = ring;
    if (!ring.hasPartitions) mistimed.times.isCounting = worker === 0;
    this.#partitions = ring.hasPartitions ? new RecordPartitions(ring, mistimed.times, worker === 0) : null;
  }

  get isHeld(): boolean {
    return this.#thread.full > 0;
  }

  /** A turn begins: what it offers the pipelines deal with in it, or keep for later ones. */
  begin(): void {
    beginTurn(this.#thread);
  }

  /** How many events wait to be offered. */
  get pending(): number {
    return this.#decoded.length;
  }

  /**
   * Decodes the frames of a record in [start, end), which were checked.
   *
   * @param partitions - Where those of their events begin, if they have some.
   */
  take(codec: number, bytes: Buffer, start: number, end: number, partitions = end): void {
    const ring = this.#ring;
    this.#partitions?.want(this.#router.spreads);
    if (this.#partitions?.wantsAny(ring) === false) return;
    if (this.#now === 0) {
      this.#now = this.#thread.clock.now();
      this.#mistimed.begin();
    }
    ring.setDecoding(true);
    this.#partitions?.begin(bytes, partitions);
    const decoder = this.#decoders.of(codec);
    decoder.begin(end, this.#thread.state.hasPlenty, true);
    for (let at = start; at < end; ) {
      const next = at + HEADER + frameLength(bytes, at);
      decoder.decode(bytes, at + HEADER, next, this.#now, this.#decoded, this.#partitions);
      ring.beat();
      at = next;
    }
    ring.setDecoding(false);
  }

  /** As {@link take}, of frames with `events` events that do not come from the ring: their partitions are found anew. */
  takeAgain(codec: number, frames: Buffer, events: number): void {
    if (this.#partitions === null) return this.take(codec, frames, 0, frames.length);
    const found = new EventPartitions(this.#partitionKey);
    findPartitions(codec, frames, 0, frames.length, found);
    this.#ring.countPartitions(found.bytes, 0, events);
    this.take(codec, Buffer.concat([frames, found.bytes.subarray(0, found.length)]), 0, frames.length);
  }

  /**
   * Offers what was decoded.
   *
   * @param until - The numbers of the events behind it.
   */
  flush(until: EventNumbers): void {
    this.#now = 0;
    const [decoded, next] = [this.#decoded, this.next];
    this.next = until;
    if (decoded.length === 0) return;
    this.#decoded = [];
    this.#mistimed.decoded(decoded);
    prolongTurn(this.#thread);
    const { spreads } = this.#router;
    for (const spread of spreads) {
      const events = spreads.length === 1 ? decoded : this.#of(spread, decoded);
      if (events.length > 0) this.#router.offer(events, next[spread], spread);
    }
    if (this.#partitions !== null) this.#partitions.kinds.length = 0;
  }

  #of(spread: SpreadBy, decoded: Event[]): Event[] {
    if (spread === "all") return decoded;
    const bit = OF_SPREAD[spread];
    const { kinds = [] } = this.#partitions ?? {};
    return decoded.filter((_, at) => ((kinds[at] ?? 0) & bit) > 0);
  }
}
