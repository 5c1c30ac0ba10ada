import { type Entry, HEADER_BYTES, MAX_PAYLOAD_BYTES } from "../state/entry.ts";
import { CAPTURE_HEADER, captureHeader, RUN_HEADER, type RunHead, writeRunHead } from "./format.ts";

const FIRST_RUN = HEADER_BYTES + CAPTURE_HEADER;

/** Runs that are written at once, gathered as they stand on disk: an entry of a log. */
export class GatheredRuns {
  /** More bytes of frames are no run of any group. */
  static readonly MAX_BYTES = MAX_PAYLOAD_BYTES - CAPTURE_HEADER - RUN_HEADER;
  readonly memory: Buffer;
  #used = FIRST_RUN;
  #frames = 0;

  /** @param begun - When its first run comes, Unix seconds. */
  constructor(memory: Buffer, begun: number) {
    this.memory = memory;
    captureHeader(begun).copy(memory, HEADER_BYTES);
  }

  /** Memory for a single run with so many bytes of frames. */
  static bytesFor(length: number): number {
    return FIRST_RUN + RUN_HEADER + length;
  }

  /** Whether there is room for a run with so many bytes of frames. */
  hasRoom(length: number): boolean {
    return this.#used + RUN_HEADER + length <= this.memory.length;
  }

  /** Adds a run, whose frames are copied from `start` on. */
  add(head: RunHead, bytes: Buffer, start: number): void {
    writeRunHead(this.memory, this.#used, head);
    bytes.copy(this.memory, this.#used + RUN_HEADER, start, start + head.length);
    this.#used += RUN_HEADER + head.length;
    this.#frames += head.frames;
  }

  /** All of it, until something is added. Its items are frames. */
  get entry(): Entry {
    const framed = this.memory.subarray(0, this.#used);
    return { items: this.#frames, payload: framed.subarray(HEADER_BYTES), framed };
  }
}
