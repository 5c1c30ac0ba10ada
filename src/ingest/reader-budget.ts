/** Maximum clients with queries under way. Each may keep what was read behind its query, and an unread answer. */
const MAX_ASKING_CLIENTS = 100;
/** Maximum bytes that wait for readers, all together: four of the longest answers. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;
/** Every reader may leave an answer of this length unread. */
const SHORT_BYTES = 64 * 1024;

export const TOO_MANY_ASK = `${MAX_ASKING_CLIENTS} clients are waiting for answers to queries: try again later`;
export const TOO_MUCH_UNREAD = `clients have yet to read more than ${MAX_UNREAD_BYTES} bytes of answers: try again later`;

/**
 * What all who read from the daemon may have at a time, over TCP and HTTP together: queries under way, and memory for
 * answers, pages and taps that they have not read yet. Memory that several wait for counts once.
 */
export class ReaderBudget {
  #asking = 0;
  #unreadBytes = 0;
  readonly #readers = new Map<ArrayBufferLike, number>();

  /** Whether one more client may ask; it does then, until {@link answered}. */
  ask(): boolean {
    if (this.#asking >= MAX_ASKING_CLIENTS) return false;
    this.#asking++;
    return true;
  }

  /** One who asked does so no more, and nothing that it asked is under way. */
  answered(): void {
    this.#asking--;
  }

  /** Whether this memory may wait for one more reader; it does then, until it is released as often. */
  hold(memory: ArrayBufferLike): boolean {
    return this.#hold(memory, SHORT_BYTES);
  }

  /** The same for a piece of many that a reader is sent. */
  holdPiece(memory: ArrayBufferLike): boolean {
    return this.#hold(memory, 0);
  }

  /** A reader has read it, or has gone. */
  release(memory: ArrayBufferLike): void {
    const readers = this.#readers.get(memory) ?? 0;
    if (readers > 1) return void this.#readers.set(memory, readers - 1);
    if (this.#readers.delete(memory)) this.#unreadBytes -= memory.byteLength;
  }

  /** @param free - Bytes that there is always room for. */
  #hold(memory: ArrayBufferLike, free: number): boolean {
    const readers = this.#readers.get(memory) ?? 0;
    const bytes = readers === 0 ? memory.byteLength : 0;
    if (bytes > free && this.#unreadBytes + bytes > MAX_UNREAD_BYTES) return false;
    this.#unreadBytes += bytes;
    this.#readers.set(memory, readers + 1);
    return true;
  }
}
