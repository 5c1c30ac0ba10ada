import type { Clock } from "../core/clock.ts";
import { Slices } from "./slices.ts";

/** Between two renderings. */
const MIN_REST_SECONDS = 1;
/** No scraper waits longer: Prometheus gives up after 10 s. */
const MAX_REST_SECONDS = 8;
/** Two pages are shared: rendering and sending both takes a tenth of a core. */
const REST_PER_WORK = 20;

type Give = (page: Promise<Buffer>) => void;

/**
 * A page that is costly to render: once a second at most, in slices, and less often when it takes long. All who ask share
 * the next rendering, which begins after the last of them came: nobody is shown what was before he asked.
 */
export class SharedPage {
  readonly #render: (slices: Slices) => Promise<string>;
  readonly #clock: Clock;
  /** Those who wait for the next rendering. */
  #readers: Give[] = [];
  /** It is being rendered, or was a short while ago. */
  #isResting = false;

  constructor(render: (slices: Slices) => Promise<string>, clock: Clock) {
    this.#render = render;
    this.#clock = clock;
  }

  get(): Promise<Buffer> {
    const page = new Promise<Buffer>((resolve) => this.#readers.push(resolve));
    if (!this.#isResting) void this.#begin();
    return page;
  }

  async #begin(): Promise<void> {
    this.#isResting = true;
    const readers = this.#readers;
    this.#readers = [];
    const slices = new Slices();
    const page = this.#render(slices).then((text) => Buffer.from(text));
    await page.catch(() => {}); // each reader is told
    for (const give of readers) {
      give(page);
      await slices.rest(); // to send it takes time, too
    }
    slices.end();
    const rest = Math.min(Math.max(MIN_REST_SECONDS, REST_PER_WORK * slices.worked), MAX_REST_SECONDS);
    this.#clock.after(rest, () => {
      this.#isResting = false;
      if (this.#readers.length > 0) void this.#begin();
    });
  }
}
