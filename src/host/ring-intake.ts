import type { SpreadField } from "../core/spread.ts";
import type { Intake, Ticket } from "../ingest/intake.ts";
import { EventPartitions } from "../wire/event-partitions.ts";
import { CheckedIntake } from "./checked-intake.ts";
import { MAX_RUN_BYTES } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";

/** Maximum bytes of frames too long for the ring that are under way, or one frame of any length. */
const MAX_ASIDE_BYTES = 32 * 1024 * 1024;

/** Checks frames and writes them to the ring: once there, they are in the workers' hands. */
export class RingIntake extends CheckedIntake implements Intake {
  readonly confirmed = 0;
  readonly failure = null;
  readonly #ring: RingWriter;
  readonly #sendAside: (bytes: SharedArrayBuffer) => void;
  /** Bytes sent aside since the ring was last seen empty. */
  #aside = 0;
  /** Nothing is taken for now, whatever room there is. */
  isClosed = false;

  /** @param sendAside - Sends a run of frames to every worker as a message. */
  constructor(ring: RingWriter, sendAside: (bytes: SharedArrayBuffer) => void, partitionKey?: SpreadField) {
    super();
    this.#ring = ring;
    if (ring.memory.partitionBytes > 0) this.partitions = new EventPartitions(partitionKey);
    this.#sendAside = sendAside;
  }

  get isHeld(): boolean {
    if (this.isClosed) return true;
    if (this.#hasRoom()) return false;
    this.#ring.want();
    // Look again: readers that made room before they saw the request told nobody.
    return !this.#hasRoom();
  }

  append(codec: number, bytes: Buffer, start: number, end: number, _frames: number, events: number): void {
    if (events > 0) this.give(codec, bytes, start, end, events, this.takePartitions(codec, bytes, start, end, events));
  }

  /** As {@link append}, of events whose partitions are known. */
  give(codec: number, bytes: Buffer, start: number, end: number, events: number, partitions: Buffer): void {
    if (end - start <= MAX_RUN_BYTES && this.#ring.write(codec, bytes, start, end, events, partitions)) return;
    const copy = new SharedArrayBuffer(end - start + partitions.length);
    bytes.copy(new Uint8Array(copy), 0, start, end);
    partitions.copy(new Uint8Array(copy), end - start);
    this.#aside += end - start;
    this.#sendAside(copy);
    this.#ring.writeAside(codec, events, partitions);
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
