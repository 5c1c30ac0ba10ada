/** Shorter pieces cost little. */
const MIN_BYTES = 16 * 1024;
/** Maximum bytes that wait to be used again. */
const MAX_SPARE_BYTES = 8 * 1024 * 1024;

/**
 * Memory for what is given back soon. Fresh memory costs more than the copy: the system hands it out page by page,
 * and every 64 MB or so V8 collects the whole heap, up to 100 ms at a time.
 */
export class SpareMemory {
  /** By size, powers of two. */
  readonly #spare = new Map<number, ArrayBufferLike[]>();
  /** What short copies are in is others' too: Node's pool, which is of 64 KiB from Node 24.22 on. */
  readonly #own = new WeakSet<ArrayBufferLike>();
  #bytes = 0;

  copy(bytes: Buffer): Buffer {
    const { length } = bytes;
    if (length < MIN_BYTES) return Buffer.from(bytes);
    const copy = this.take(length);
    bytes.copy(copy);
    return copy.subarray(0, length);
  }

  /** Memory for so many bytes, or up to twice as many; 16 KiB at least. */
  take(length: number): Buffer {
    const size = Math.max(MIN_BYTES, 2 ** Math.ceil(Math.log2(length)));
    const spare = this.#spare.get(size)?.pop();
    if (spare === undefined) {
      const fresh = Buffer.allocUnsafeSlow(size);
      this.#own.add(fresh.buffer);
      return fresh;
    }
    this.#bytes -= size;
    return Buffer.from(spare);
  }

  /** What was taken, a copy, or a part of them is no longer looked at. */
  giveBack({ buffer }: Buffer): void {
    const size = buffer.byteLength;
    if (!this.#own.has(buffer) || this.#bytes + size > MAX_SPARE_BYTES) return;
    const spare = this.#spare.get(size);
    if (spare === undefined) this.#spare.set(size, [buffer]);
    else spare.push(buffer);
    this.#bytes += size;
  }
}
