import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess, type Files, routeDir } from "./daemon-process.ts";

/** What stands in front of the same counter, for it to be in all workers by host, behind a channel too, by service, or in one. */
const IN_FRONT = { host: "", channel: "", service: 'by("service", [tag("t")]),', all: "throttle(1e9, 1)," };

export type Way = keyof typeof IN_FRONT;

export function route(way: Way): string {
  const [from, first] = way === "channel" ? ['pipeline("from", [publish("c")]);', 'subscribe("c"),'] : ["", ""];
  return `import { by, counter, filter, pipeline, publish, stdout, subscribe, tag, throttle } from "fast-ts"; ${from}
pipeline("counts", [${first} filter((e) => e.service !== "kill"), ${IN_FRONT[way]} by(["host", "service", "attributes.zone"], [counter()]), stdout({ format: "json" })]);`;
}

const KEYS = ["a", "b", "web-1", "zürich", null].flatMap((host, at) =>
  ["cpu", "disk", null].map((service, of) => ({
    ...(host !== null && { host }),
    ...(service !== null && { service }),
    attributes: (at + of) % 4 === 0 ? [] : [{ key: "zone", value: `zone ${(at + of) % 4}` }],
  })),
);

/** Counts events of each key, in daemons of which each goes on where the one before was. */
export class Counting {
  readonly #t: TestContext;
  readonly #dir: string;
  readonly #hasJournal: boolean;
  readonly #daemons: DaemonProcess[] = [];
  #sent = 0;
  /** How many states its pipeline has. */
  #parts = 1;

  constructor(t: TestContext, { hasJournal = false } = {}) {
    this.#t = t;
    this.#dir = routeDir(t, {});
    this.#hasJournal = hasJournal;
  }

  get #state(): string {
    return join(this.#dir, "state");
  }

  get daemon(): DaemonProcess {
    return this.#daemons.at(-1) ?? assert.fail("none was started");
  }

  async start(workers: number, way: Way, others: Files = {}, ...flags: string[]): Promise<void> {
    this.#parts = way === "all" ? 1 : Math.max(1, workers);
    const journal = ["--journal", join(this.#dir, "journal"), "--journal-sync", "always"];
    const disk = ["--state", this.#state, "--state-interval", "0.2", ...(this.#hasJournal ? journal : [])];
    const args = ["--workers", `${workers}`, ...disk, ...flags];
    this.#daemons.push(await DaemonProcess.start(this.#t, { "r.ts": route(way), ...others }, args));
  }

  /** An event of each key in a message, until it is over. */
  async send(isOver: () => boolean | Promise<boolean>): Promise<void> {
    const client = await Client.open(this.daemon.port);
    const time = Date.now() / 1000;
    do {
      await client.send(...KEYS.map((key) => ({ ...key, metric_d: 1, time })));
      this.#sent += 1;
    } while (!(await isOver()));
    client.socket.destroy();
  }

  /** Has so many events of each key come, and all of them printed. */
  async sendSome(): Promise<void> {
    await this.send(often(20));
    await this.daemon.until("all counts", () => this.#counts.every((found) => found.includes(this.#sent)));
  }

  async reload(way: Way): Promise<void> {
    const before = (await this.daemon.tree()).reloads.succeeded;
    this.daemon.write("r.ts", route(way));
    await this.send(async () => (await this.daemon.tree()).reloads.succeeded > before);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (signal === "SIGKILL" && !this.#hasJournal) await this.saved();
    this.daemon.signal(signal);
    await this.daemon.exit;
  }

  /** All workers have saved what came until now. */
  async saved(): Promise<void> {
    // What is being written now may be of before, and what waits behind it, too.
    for (const _ of [1, 2, 3]) {
      const begun = Date.now();
      const isNew = (name: string): boolean =>
        (statSync(join(this.#state, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > begun;
      const all = (): string[] => readdirSync(this.#state).filter((name) => /^counts.*\.state$/.test(name));
      await this.daemon.until("a snapshot", () => all().length === this.#parts && all().every(isNew));
    }
  }

  /** What was printed of each key. */
  get #counts(): readonly number[][] {
    const counts = new Map<string, number[]>(KEYS.map((key) => [nameOf(key), []]));
    for (const line of this.#daemons.flatMap(({ printed }) => printed)) {
      const event = JSON.parse(line);
      counts.get(nameOf(event))?.push(event.metric);
    }
    return [...counts.values()];
  }

  /**
   * Each key was counted from one to the last without a gap, in order.
   *
   * @param mayRepeat - A worker has ended, with a journal: what was not known to be printed may be printed again.
   */
  assertCounted(mayRepeat = false): void {
    for (const [at, found] of this.#counts.entries())
      assert.deepEqual(mayRepeat ? [...new Set(found)] : found, numbers(this.#sent), nameOf(KEYS[at]));
  }

  /**
   * As {@link assertCounted}, where processes were killed: what one had not printed was printed by the next, or was saved and
   * ended with it.
   */
  assertExact(): void {
    for (const [at, found] of this.#counts.entries()) {
      const once = [...new Set(found)];
      const all = numbers(this.#sent).filter((number) => once.includes(number));
      assert.deepEqual([once, once.at(-1)], [all, this.#sent], nameOf(KEYS[at]));
    }
  }
}

const numbers = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);

/** Is true at the last of so many calls. */
export function often(times: number): () => boolean {
  let left = times;
  return () => --left === 0;
}

function nameOf({ host = null, service = null }: { host?: string | null; service?: string | null } = {}): string {
  return JSON.stringify([host, service]);
}
