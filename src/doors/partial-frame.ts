import type { SpareMemory } from "../ingest/spare-memory.ts";
import { frameLength, HEADER } from "../wire/frames.ts";

/** Memory for the first bytes of a frame, unless it is shorter. */
const FIRST_BYTES = 512;
/** From here on the memory is used again. */
const LARGE_BYTES = 16 * 1024;

/** A frame that has begun to arrive: header and body, as far as they came. */
export class PartialFrame {
  readonly #spare: SpareMemory;
  #bytes: Buffer = Buffer.alloc(0);
  /** How many bytes of it have come. */
  length = 0;

  /** It begins with what is in [from, end), and goes on beyond it. */
  constructor(bytes: Buffer, from: number, end: number, spare: SpareMemory) {
    this.#spare = spare;
    const have = end - from;
    this.#copy(bytes, from, end, have < HEADER ? HEADER : HEADER + frameLength(bytes, from));
  }

  /** How many bytes it has in all; as long as its header is not there, that of the header. */
  get need(): number {
    return this.length < HEADER ? HEADER : HEADER + frameLength(this.#bytes, 0);
  }

  /** The frame, once it is whole. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Copies what belongs to it from the beginning of [from, end). Returns where the rest begins. */
  add(bytes: Buffer, from: number, end: number): number {
    const { need } = this;
    const next = Math.min(end, from + need - this.length);
    this.#copy(bytes, from, next, need);
    return next;
  }

  /** It is no longer looked at. */
  giveBack(): void {
    this.#spare.giveBack(this.#bytes);
  }

  /** What the header claims is not believed: memory comes with the bytes, at most twice as much. */
  #copy(bytes: Buffer, from: number, end: number, need: number): void {
    const now = this.length + end - from;
    if (this.#bytes.length < now) {
      const size = Math.min(need, Math.max(now * 2, FIRST_BYTES));
      const larger = size < LARGE_BYTES ? Buffer.allocUnsafeSlow(size) : this.#spare.take(now);
      this.#bytes.copy(larger, 0, 0, this.length);
      this.giveBack();
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.length, from, end);
    this.length = now;
  }
}
