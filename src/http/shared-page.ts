import type { Clock } from "../core/clock.ts";
import { Slices } from "./slices.ts";

/** Between two renderings: so long for each who waited for the last one, and a second when many did. */
const REST_SECONDS_PER_READER = 0.05;
const MAX_REST_SECONDS_FOR_READERS = 1;
/** No scraper waits longer: Prometheus gives up after 10 s. */
const MAX_REST_SECONDS = 8;
/** Two pages are shared: rendering and sending both takes a tenth of a core. */
const REST_PER_WORK = 20;

type Give = (page: Promise<Buffer>) => void;

/**
 * A page that is costly to render. All who ask share the next rendering, which begins after the last of them came: nobody
 * is shown what was before he asked. It is rendered in slices, and takes a twentieth of a core at most, however many ask:
 * once a second when they are many, less often when it takes long. Who asks alone waits for next to nothing.
 */
export class SharedPage {
  readonly #render: (slices: Slices) => Promise<string>;
  readonly #clock: Clock;
  readonly #now: (() => number) | undefined;
  /** Those who wait for the next rendering. */
  #readers: Give[] = [];
  /** It is being rendered, or was a short while ago. */
  #isResting = false;

  /** @param now - As for {@link Slices}. */
  constructor(render: (slices: Slices) => Promise<string>, clock: Clock, now?: () => number) {
    this.#render = render;
    this.#now = now;
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
    const slices = new Slices(this.#now);
    const page = this.#render(slices).then((text) => Buffer.from(text));
    await page.catch(() => {}); // each reader is told
    for (const give of readers) {
      give(page);
      await slices.rest(); // to send it takes time, too
    }
    slices.end();
    const forReaders = Math.min(REST_SECONDS_PER_READER * readers.length, MAX_REST_SECONDS_FOR_READERS);
    const rest = Math.min(Math.max(forReaders, REST_PER_WORK * slices.worked), MAX_REST_SECONDS);
    this.#clock.after(rest, () => {
      this.#isResting = false;
      if (this.#readers.length > 0) void this.#begin();
    });
  }
}
