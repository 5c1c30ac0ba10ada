import type { Recorded } from "../testing/routes-under-test.ts";
import type { Write } from "../text/fd-writer.ts";
import { difference } from "./replay-difference.ts";
import type { Format, Sign } from "./replay-format.ts";

/** Text is written in pieces of this length, and whenever the output of a batch is complete. */
const BATCH_CHARACTERS = 65_536;

/** Writes what the sinks of one side get, or how those of two sides differ. */
export class Printer {
  removed = 0;
  added = 0;
  readonly #write: Write;
  readonly #style: Format;
  readonly #sinks: readonly string[];
  #text = "";

  constructor(write: Write, style: Format, sinks: readonly string[]) {
    this.#write = write;
    this.#style = style;
    this.#sinks = sinks;
  }

  async print(sides: readonly AsyncGenerator<Recorded>[]): Promise<void> {
    const [first, second] = sides;
    if (first === undefined) return;
    if (second === undefined) {
      for await (const recorded of first) {
        this.#output(recorded, "");
        if (this.#text.length > BATCH_CHARACTERS) await this.flush();
      }
    } else {
      for (const { recorded, sign } of difference(await allOf(first), await allOf(second)))
        this.#output(recorded, sign);
    }
    await this.flush();
  }

  add(text: string): void {
    this.#text += text;
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    await new Promise<void>((resolve, reject) =>
      this.#write(text, (error) => (error === undefined ? resolve() : reject(error))),
    );
  }

  #output(recorded: Recorded, sign: Sign): void {
    if (this.#sinks.length > 0 && !this.#sinks.includes(recorded.name)) return;
    if (sign === "-") this.removed++;
    if (sign === "+") this.added++;
    this.add(this.#style.output(recorded, sign));
  }
}

async function allOf(recorded: AsyncGenerator<Recorded>): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const one of recorded) all.push(one);
  return all;
}
