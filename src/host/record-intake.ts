import type { Event } from "../core/event.ts";
import type { ByShare, Share } from "../core/share.ts";
import type { Router } from "../engine/router.ts";
import type { Thread } from "../engine/thread.ts";
import type { MistimedEvents } from "../runtime/mistimed-events.ts";
import { beginTurn } from "../runtime/turn.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { codecOf, type MessageDecoder } from "../wire/message-codecs.ts";
import { OF_HOST, OF_SERVICE, RecordParts } from "./record-parts.ts";
import type { RingReader } from "./ring-reader.ts";

export interface RecordIntakeOptions {
  readonly router: Router;
  readonly thread: Thread;
  readonly mistimed: MistimedEvents;
  readonly ring: RingReader;
  readonly worker: number;
}

/** Decodes the records of the ring in a worker, and offers their events to its pipelines: to each those of its share. */
export class RecordIntake {
  readonly #decoders: MessageDecoder[] = [];
  readonly #router: Router;
  readonly #thread: Thread;
  readonly #mistimed: MistimedEvents;
  readonly #ring: RingReader;
  /** `null`: there is one worker, and records have no parts. */
  readonly #parts: RecordParts | null;
  /** The numbers of the next events that are offered, since the daemon began. */
  #next: ByShare = { all: 0, host: 0, service: 0 };
  #decoded: Event[] = [];
  #now = 0;

  constructor({ router, thread, mistimed, ring, worker }: RecordIntakeOptions) {
    this.#router = router;
    this.#thread = thread;
    this.#mistimed = mistimed;
    this.#ring = ring;
    this.#parts = ring.isParted ? new RecordParts(ring.mine, mistimed.times, worker === 0) : null;
  }

  /** The first events that its pipelines get are the next ones of the ring. */
  begin(): void {
    this.#next = this.#ring.begunOf;
  }

  get isHeld(): boolean {
    return this.#thread.full > 0;
  }

  /** How many events wait to be offered. */
  get pending(): number {
    return this.#decoded.length;
  }

  /** Decodes the frames of a record in [start, end), which were checked; the parts of their events begin at `parts`. */
  take(bytes: Buffer, start: number, end: number, parts: number): void {
    const ring = this.#ring;
    if (this.#now === 0) {
      this.#now = this.#thread.clock.now();
      this.#mistimed.begin();
    }
    ring.setDecoding(true);
    this.#parts?.want(this.#router.shares);
    this.#parts?.begin(bytes, parts);
    const decoder = this.#decoder(ring.codec);
    for (let at = start; at < end; ) {
      const next = at + HEADER + frameLength(bytes, at);
      decoder.decode(bytes, at + HEADER, next, this.#now, this.#decoded, this.#parts);
      ring.beat();
      at = next;
    }
    ring.setDecoding(false);
  }

  /** Offers what was decoded. */
  flush(): void {
    this.#now = 0;
    const [decoded, next] = [this.#decoded, this.#next];
    this.#next = this.#ring.begunOf;
    if (decoded.length === 0) return;
    this.#decoded = [];
    this.#mistimed.decoded(decoded);
    beginTurn(this.#thread);
    const { shares } = this.#router;
    for (const share of shares) {
      const events = shares.length === 1 ? decoded : this.#of(share, decoded);
      if (events.length > 0) this.#router.offer(events, next[share], share);
    }
    if (this.#parts !== null) this.#parts.kinds.length = 0;
  }

  #of(share: Share, decoded: Event[]): Event[] {
    if (share === "all") return decoded;
    const bit = share === "host" ? OF_HOST : OF_SERVICE;
    const { kinds = [] } = this.#parts ?? {};
    return decoded.filter((_, at) => ((kinds[at] ?? 0) & bit) > 0);
  }

  #decoder(codec: number): MessageDecoder {
    const known = this.#decoders[codec];
    if (known !== undefined) return known;
    const made = codecOf(codec).newDecoder(this.#mistimed.times);
    this.#decoders[codec] = made;
    return made;
  }
}
