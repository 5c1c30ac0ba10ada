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
    const readers = this.#readers.get(memory) ?? 0;
    if (readers === 0 && !this.#take(memory.byteLength)) return false;
    this.#readers.set(memory, readers + 1);
    return true;
  }

  /** A reader has read it, or has gone. */
  release(memory: ArrayBufferLike): void {
    const readers = this.#readers.get(memory) ?? 0;
    if (readers > 1) return void this.#readers.set(memory, readers - 1);
    if (this.#readers.delete(memory)) this.#unreadBytes -= memory.byteLength;
  }

  #take(bytes: number): boolean {
    if (bytes > SHORT_BYTES && this.#unreadBytes + bytes > MAX_UNREAD_BYTES) return false;
    this.#unreadBytes += bytes;
    return true;
  }
}
