import type { Intake } from "../../src/ingest/intake.ts";
import { MALFORMED, OK, QUERY, type Verdict } from "../../src/wire/decode.ts";

/** First byte of a Msg's body that makes it a query (as on the wire), or malformed. Any other: an event a byte. */
export const ASKS = 0x2a;
export const BAD = 0xff;

/** Stands where pipelines would: keeps what it is given, says it is held when told to. */
export class FakeIntake implements Intake {
  isHeld = false;
  onRelease: () => void = () => {};
  readonly problem = "has a bad byte at byte 0";
  pending = 0;
  /** The Msgs offered so far, as text. */
  readonly offered: string[] = [];
  /** How many Msgs each run of frames held. */
  readonly runs: number[] = [];
  #taken: string[] = [];
  #kept: string[] = [];

  take(bytes: Buffer, start: number, end: number): Verdict {
    if (bytes[start] === BAD && start < end) return MALFORMED;
    this.#taken.push(bytes.toString("latin1", start, end));
    this.pending += end - start;
    return bytes[start] === ASKS && start < end ? QUERY : OK;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    // The range holds exactly the frames that were taken.
    const frames = this.#taken.map(frame);
    if (!Buffer.concat(frames).equals(bytes.subarray(start, end))) throw new Error("range and frames differ");
    this.runs.push(this.#taken.length);
    this.#kept.push(...this.#taken);
    this.#taken = [];
  }

  offer(): void {
    if (this.#taken.length > 0) throw new Error("offered before the run of frames was kept");
    this.offered.push(...this.#kept);
    this.#kept = [];
    this.pending = 0;
  }
}

/** A frame around a body that is text. */
export function frame(body: string): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.write(body, 4, "latin1");
  return bytes;
}
