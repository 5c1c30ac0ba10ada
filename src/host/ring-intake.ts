import type { Intake } from "../ingest/intake.ts";
import { MALFORMED, OK, QUERY, type Verdict } from "../wire/decode.ts";
import { problem } from "../wire/decode-problem.ts";
import { validate } from "../wire/validate.ts";
import { MAX_RUN_BYTES, type RingWriter } from "./ring.ts";

/** Maximum bytes of frames too long for the ring that are under way, or one frame of any length. */
const MAX_ASIDE_BYTES = 32 * 1024 * 1024;

/** Checks frames and writes them to the ring: once there, they are in the workers' hands. */
export class RingIntake implements Intake {
  onRelease: () => void = () => {};
  pending = 0;
  readonly #ring: RingWriter;
  readonly #sendAside: (bytes: SharedArrayBuffer) => void;
  /** Bytes sent aside since the ring was last seen empty. */
  #aside = 0;
  /** Events of the run of frames that is being looked at. */
  #unkept = 0;
  #problemAt = 0;
  /** Nothing is taken for now, whatever room there is. */
  isClosed = false;

  /** @param sendAside - Sends a run of frames to every worker as a message. */
  constructor(ring: RingWriter, sendAside: (bytes: SharedArrayBuffer) => void) {
    this.#ring = ring;
    this.#sendAside = sendAside;
  }

  get isHeld(): boolean {
    if (this.isClosed) return true;
    if (this.#ring.hasRoom && (this.#aside < MAX_ASIDE_BYTES || this.#isCaughtUp())) return false;
    this.#ring.want();
    return true;
  }

  get problem(): string {
    return `${problem.what} at byte ${problem.at - this.#problemAt}`;
  }

  take(bytes: Buffer, start: number, end: number): Verdict {
    const found = validate(bytes, start, end);
    if (found < 0) {
      this.#problemAt = start;
      return MALFORMED;
    }
    this.pending += found >> 1;
    this.#unkept += found >> 1;
    return (found & 1) === 1 ? QUERY : OK;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    const events = this.#unkept;
    this.#unkept = 0;
    if (events === 0) return;
    if (end - start <= MAX_RUN_BYTES && this.#ring.write(bytes, start, end, events)) return;
    const copy = new SharedArrayBuffer(end - start);
    bytes.copy(new Uint8Array(copy), 0, start, end);
    this.#aside += end - start;
    this.#sendAside(copy);
    this.#ring.writeAside(events);
  }

  offer(): void {
    this.pending = 0;
    this.#ring.publish();
  }

  #isCaughtUp(): boolean {
    if (!this.#ring.isEmpty) return false;
    this.#aside = 0;
    return true;
  }
}
