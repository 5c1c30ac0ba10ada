import type { Event } from "../core/event.ts";
import { type ByShare, SHARES, type Share } from "../core/share.ts";
import type { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import type { MistimedEvents } from "../runtime/mistimed-events.ts";
import { beginTurn } from "../runtime/turn.ts";
import { PART_BYTES } from "../wire/event-parts.ts";
import { codecOf, type MessageDecoder } from "../wire/message-codecs.ts";

/** Decodes the records of the ring in a worker, and offers their events to its pipelines: to each those of its share. */
export class RecordIntake {
  readonly #decoders: MessageDecoder[] = [];
  readonly #router: Router;
  readonly #thread: Thread;
  readonly #mistimed: MistimedEvents;
  /** Which partitions are this worker's. */
  readonly #mine: Uint8Array;
  /** The numbers of the next events that are offered, since the daemon began. */
  #next: Record<Share, number> = { all: 0, host: 0, service: 0 };
  #batches: Record<Share, Event[]> = newBatches();
  #now = 0;

  constructor(router: Router, thread: Thread, mistimed: MistimedEvents, mine: Uint8Array) {
    this.#router = router;
    this.#thread = thread;
    this.#mistimed = mistimed;
    this.#mine = mine;
  }

  /** The first events that its pipelines get have these numbers. */
  begin(next: ByShare): void {
    this.#next = { ...next };
  }

  get isHeld(): boolean {
    return this.#thread.full > 0;
  }

  get pending(): number {
    return this.#batches.all.length;
  }

  /**
   * Decodes a message that was checked.
   *
   * @param at - Where in `bytes` the partitions of its events begin, if there are several workers.
   * @returns How many events it has.
   */
  decode(codec: number, bytes: Buffer, start: number, end: number, at: number): number {
    if (this.#now === 0) {
      this.#now = this.#thread.clock.now();
      this.#mistimed.begin();
    }
    const { all, host, service } = this.#batches;
    const before = all.length;
    this.#decoder(codec).decode(bytes, start, end, this.#now, all);
    const mine = this.#mine;
    const hasHosts = this.#router.takes("host");
    const hasServices = this.#router.takes("service");
    if (hasHosts || hasServices)
      for (let event = before, part = at; event < all.length; event++, part += PART_BYTES) {
        if (hasHosts && mine[bytes[part] as number] === 1) host.push(all[event] as Event);
        if (hasServices && mine[bytes[part + 1] as number] === 1) service.push(all[event] as Event);
      }
    return all.length - before;
  }

  /** Offers what was decoded. */
  flush(reached: ByShare): void {
    this.#now = 0;
    const batches = this.#batches;
    if (batches.all.length === 0) return;
    this.#batches = newBatches();
    this.#mistimed.decoded(batches.all);
    beginTurn(this.#thread);
    const next = this.#next;
    this.#next = { ...reached };
    for (const share of SHARES) if (batches[share].length > 0) this.#router.offer(batches[share], next[share], share);
  }

  #decoder(codec: number): MessageDecoder {
    const known = this.#decoders[codec];
    if (known !== undefined) return known;
    const made = codecOf(codec).newDecoder(this.#mistimed.times);
    this.#decoders[codec] = made;
    return made;
  }
}

function newBatches(): Record<Share, Event[]> {
  return { all: [], host: [], service: [] };
}
