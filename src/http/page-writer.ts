import type { Slices } from "./slices.ts";

/** Gathers a long page in pieces: to turn all of it into bytes at once would take too long. */
export class PageWriter {
  readonly slices: Slices;
  readonly #pieces: Buffer[] = [];
  #text = "";

  constructor(slices: Slices) {
    this.slices = slices;
  }

  /** Adds to the page, and lets others have their turn when it is time. */
  write(text: string): Promise<void> | null {
    this.#text += text;
    if (!this.slices.isOver) return null;
    this.#keep();
    return this.slices.end();
  }

  /** The whole page. */
  finish(): Buffer {
    this.#keep();
    return Buffer.concat(this.#pieces);
  }

  #keep(): void {
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = "";
  }
}
