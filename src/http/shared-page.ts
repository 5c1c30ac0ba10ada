import type { Cancel, Clock } from "../core/clock.ts";
import { PageWriter } from "./page-writer.ts";
import { Slices } from "./slices.ts";

/** Minimum time from one rendering to the next, unless one is asked for; how much older than a request its page may be. */
const MAX_AGE_SECONDS = 1;
/** What connections, requests and garbage cost besides is half as much again and more: a page takes a twelfth of a core. */
const REST_PER_WORK = 30;
/** Rest that was not needed counts for later, up to this: 33 ms of work are done without a rest. */
const MAX_SAVED_SECONDS = 1;
/** Prometheus gives up after 10 s, and on a busy machine rendering takes some of them, too. */
const MAX_REST_SECONDS = 4;

/**
 * A page that is costly to render. It is rendered once a second at most, or when a new one is asked for, in slices, and
 * shared by all who ask: nobody is shown what is more than a second older than the request. Rendering and sending it takes
 * a thirtieth of a core at most, however many ask; who asks seldom does not wait for that.
 */
export class SharedPage {
  readonly #render: (page: PageWriter) => Promise<void>;
  readonly #clock: Clock;
  /** Throws when it could not be rendered. */
  #page: () => Buffer = () => Buffer.alloc(0);
  /** When its rendering began. */
  #begun = Number.NEGATIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** They are given this page … */
  #readers: (() => void)[] = [];
  /** … and they the next one. */
  #later: (() => void)[] = [];
  /** One of them asked for a new page. */
  #isAskedFor = false;
  #isWorking = false;
  #cancel: Cancel = () => {};

  constructor(render: (page: PageWriter) => Promise<void>, clock: Clock) {
    this.#render = render;
    this.#clock = clock;
  }

  /**
   * Calls `give` with the page, in the order in which they ask. Rejects when the page cannot be rendered.
   *
   * @param isNew - Its rendering is to begin after this call.
   */
  get(give: (page: Buffer) => void, isNew = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const isServed = !isNew && !this.#isOld;
      this.#isAskedFor ||= isNew;
      (isServed ? this.#readers : this.#later).push(() => {
        try {
          resolve(give(this.#page()));
        } catch (thrown) {
          reject(thrown);
        }
      });
      this.#plan();
    });
  }

  get #isOld(): boolean {
    return this.#clock.elapsed() - this.#begun >= MAX_AGE_SECONDS;
  }

  #plan(): void {
    if (this.#isWorking || this.#readers.length + this.#later.length === 0) return;
    this.#cancel();
    const isDue = this.#readers.length > 0 || this.#isAskedFor;
    const next = isDue ? this.#begun : this.#begun + MAX_AGE_SECONDS;
    const wait = Math.max(next, this.#restsUntil) - this.#clock.elapsed();
    if (wait > 0) this.#cancel = this.#clock.after(wait, () => void this.#work());
    else void this.#work();
  }

  /** Gives the page to as many as there is time for in a slice; renders the next one when all have theirs. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    const slices = new Slices(() => this.#clock.elapsed());
    if (this.#readers.length === 0) await this.#renew(slices);
    for (let read = this.#readers.shift(); read !== undefined; read = slices.isOver ? undefined : this.#readers.shift())
      read();
    await slices.end();
    const now = this.#clock.elapsed();
    const rested = Math.max(this.#restsUntil, now - MAX_SAVED_SECONDS);
    this.#restsUntil = Math.min(rested + REST_PER_WORK * slices.worked, now + MAX_REST_SECONDS);
    this.#isWorking = false;
    this.#plan();
  }

  async #renew(slices: Slices): Promise<void> {
    this.#begun = this.#clock.elapsed();
    this.#readers.push(...this.#later.splice(0));
    this.#isAskedFor = false;
    try {
      const writer = new PageWriter(slices);
      await this.#render(writer);
      const page = writer.finish();
      this.#page = () => page;
    } catch (thrown) {
      this.#page = () => {
        throw thrown;
      };
    }
  }
}
