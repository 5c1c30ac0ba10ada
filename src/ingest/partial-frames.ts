/** Maximum bytes of unfinished frames, all connections together: four of the longest, and at least 64 MiB. */
const MAX_LONGEST_FRAMES = 4;
const MIN_BYTES = 64 * 1024 * 1024;

/** Who holds an unfinished frame. */
export interface PartialHolder {
  /** All unfinished frames together take more than `most` bytes, and this one's takes most. */
  refusePartial(most: number): void;
}

/** Keeps count of the memory that unfinished frames take. When it is too much, whose is largest has to go. */
export class PartialFrames {
  readonly #sizes = new Map<PartialHolder, number>();
  readonly #most: number;
  #bytes = 0;

  /** @param maxFrame - Longest message, bytes. */
  constructor(maxFrame: number) {
    this.#most = Math.max(MIN_BYTES, MAX_LONGEST_FRAMES * maxFrame);
  }

  /** The holder's unfinished frame takes `bytes` now; 0 when there is none. */
  set(holder: PartialHolder, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(holder) ?? 0);
    if (bytes === 0) this.#sizes.delete(holder);
    else this.#sizes.set(holder, bytes);
    while (this.#bytes > this.#most) this.#largest()?.refusePartial(this.#most);
  }

  #largest(): PartialHolder | undefined {
    let largest: PartialHolder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#sizes) {
      if (bytes <= most) continue;
      most = bytes;
      largest = holder;
    }
    return largest;
  }
}
