import { coerceError } from "../errors.ts";
import type { Done, Write } from "./fd-writer.ts";

interface Chunk {
  readonly text: string;
  readonly done: Done;
}

/**
 * Lines on their way to one writer: in order, whole, and bounded. What arrives while a write is under way goes out
 * together in the next one.
 */
export class TextQueue {
  readonly #write: Write;
  readonly #capacity: number;
  #waiting: Chunk[] = [];
  #size = 0;
  #idle: (() => void)[] = [];
  #isWriting = false;

  /** `capacity` is in characters; a single chunk may be longer when nothing else is held. */
  constructor(write: Write, capacity: number) {
    this.#write = write;
    this.#capacity = capacity;
  }

  /** Takes `text` and calls `done` when it is written or failed; takes nothing and returns false when there is no room. */
  push(text: string, done: Done): boolean {
    if (this.#size > 0 && this.#size + text.length > this.#capacity) return false;
    this.#size += text.length;
    this.#waiting.push({ text, done });
    if (!this.#isWriting) this.#next();
    return true;
  }

  /** Resolves when all that was taken is written or failed. */
  flush(): Promise<void> {
    return this.#isWriting ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  #next(): void {
    const chunks = this.#waiting;
    if (chunks.length === 0) {
      this.#isWriting = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#isWriting = true;
    this.#waiting = [];
    const text = chunks.length === 1 && chunks[0] ? chunks[0].text : chunks.map((chunk) => chunk.text).join("");
    const written = (error?: Error): void => {
      this.#size -= text.length;
      for (const chunk of chunks) chunk.done(error);
      this.#next();
    };
    try {
      this.#write(text, written);
    } catch (thrown) {
      written(coerceError(thrown)); // a descriptor that is no longer open
    }
  }
}
