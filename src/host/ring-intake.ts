import type { Cancel } from "../core/clock.ts";
import { type Intake, type IntakeListener, IntakeListeners, type Ticket } from "../ingest/intake.ts";
import { EventPartitions, NO_PARTITIONS } from "../wire/event-partitions.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { codecOf } from "../wire/message-codecs.ts";
import { MAX_RUN_BYTES, partitionsLength } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";

/** Maximum bytes of frames too long for the ring that are under way, or one frame of any length. */
const MAX_ASIDE_BYTES = 32 * 1024 * 1024;

/** Checks frames and writes them to the ring: once there, they are in the workers' hands. */
export class RingIntake implements Intake {
  pending = 0;
  readonly confirmed = 0;
  readonly listeners = new IntakeListeners();
  readonly #ring: RingWriter;
  readonly #sendAside: (bytes: SharedArrayBuffer) => void;
  /** Of what was checked and not appended yet. */
  readonly #partitions: EventPartitions | null;
  /** Bytes sent aside since the ring was last seen empty. */
  #aside = 0;
  /** Nothing is taken for now, whatever room there is. */
  isClosed = false;

  /** @param sendAside - Sends a run of frames to every worker as a message. */
  constructor(ring: RingWriter, sendAside: (bytes: SharedArrayBuffer) => void) {
    this.#ring = ring;
    this.#partitions = ring.workers > 1 ? new EventPartitions() : null;
    this.#sendAside = sendAside;
  }

  get isHeld(): boolean {
    if (this.isClosed) return true;
    if (this.#hasRoom()) return false;
    this.#ring.want();
    // Look again: readers that made room before they saw the request told nobody.
    return !this.#hasRoom();
  }

  subscribe(listener: IntakeListener): Cancel {
    return this.listeners.add(listener);
  }

  check(codec: number, bytes: Buffer, start: number, end: number): number {
    const found = codecOf(codec).check(bytes, start, end, this.#partitions);
    if (found > 0) this.pending += found >> 1;
    return found;
  }

  problem(codec: number, start: number): string {
    return codecOf(codec).problem(start);
  }

  append(codec: number, bytes: Buffer, start: number, end: number, _frames: number, events: number): void {
    if (events === 0) return;
    const partitions = this.#takePartitions(codec, bytes, start, end, events);
    if (end - start <= MAX_RUN_BYTES && this.#ring.write(codec, bytes, start, end, events, partitions)) return;
    const copy = new SharedArrayBuffer(end - start + partitions.length);
    bytes.copy(new Uint8Array(copy), 0, start, end);
    partitions.copy(new Uint8Array(copy), end - start);
    this.#aside += end - start;
    this.#sendAside(copy);
    this.#ring.writeAside(codec, events, partitions);
  }

  /** The partitions of the messages that were checked: of these, unless others were checked too and not appended. */
  #takePartitions(codec: number, bytes: Buffer, start: number, end: number, events: number): Buffer {
    const partitions = this.#partitions;
    if (partitions === null) return NO_PARTITIONS;
    if (partitions.length !== partitionsLength(events, this.#ring.workers)) {
      partitions.length = 0;
      for (let at = start; at < end; ) {
        const next = at + HEADER + frameLength(bytes, at);
        codecOf(codec).check(bytes, at + HEADER, next, partitions);
        at = next;
      }
    }
    const taken = partitions.bytes.subarray(0, partitions.length);
    partitions.length = 0;
    return taken;
  }

  flush(): Ticket {
    this.pending = 0;
    this.#ring.publish();
    return 0;
  }

  #hasRoom(): boolean {
    return this.#ring.hasRoom && (this.#aside < MAX_ASIDE_BYTES || this.#isCaughtUp());
  }

  #isCaughtUp(): boolean {
    if (!this.#ring.isEmpty) return false;
    this.#aside = 0;
    return true;
  }
}
