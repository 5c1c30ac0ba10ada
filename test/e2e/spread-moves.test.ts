import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { OTHER_KEY } from "../../src/host/state-sources.ts";
import { Client } from "./client.ts";
import { DaemonProcess, type Files, routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

/** What stands in front of the same counter, for it to be in all workers by host, behind a channel too, by service, or in one. */
const IN_FRONT = { host: "", channel: "", service: 'by("service", [tag("t")]),', all: "throttle(1e9, 1)," };

type Way = keyof typeof IN_FRONT;

function route(way: Way): string {
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
class Counting {
  readonly #t: TestContext;
  readonly #state: string;
  /** What was printed of each key by all of them. */
  readonly #printed: string[] = [];
  #sent = 0;
  /** How many states its pipeline has. */
  #parts = 1;
  #daemon: DaemonProcess | null = null;

  constructor(t: TestContext) {
    this.#t = t;
    this.#state = join(routeDir(t, {}), "state");
  }

  get daemon(): DaemonProcess {
    return this.#daemon ?? assert.fail("none was started");
  }

  async start(workers: number, way: Way, others: Files = {}, ...flags: string[]): Promise<void> {
    this.#parts = way === "all" ? 1 : Math.max(1, workers);
    const args = ["--workers", `${workers}`, "--state", this.#state, "--state-interval", "0.2", ...flags];
    this.#daemon = await DaemonProcess.start(this.#t, { "r.ts": route(way), ...others }, args);
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
    let left = 20;
    await this.send(() => --left === 0);
    await this.daemon.until(
      "all counts",
      () => this.#printed.length + this.daemon.printed.length >= this.#sent * KEYS.length,
    );
  }

  async reload(way: Way): Promise<void> {
    const before = (await this.daemon.tree()).reloads.succeeded;
    this.daemon.write("r.ts", route(way));
    await this.send(async () => (await this.daemon.tree()).reloads.succeeded > before);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (signal === "SIGKILL") await this.saved();
    this.daemon.signal(signal);
    await this.daemon.exit;
    this.#printed.push(...this.daemon.printed);
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

  /** Each key was counted from one to the last without a gap, in order. */
  assertCounted(): void {
    const counts = new Map<string, number[]>();
    for (const line of this.#printed) {
      const { host, service, metric } = JSON.parse(line);
      const key = JSON.stringify([host, service]);
      counts.set(key, [...(counts.get(key) ?? []), metric]);
    }
    const all = Array.from({ length: this.#sent }, (_, n) => n + 1);
    assert.equal(counts.size, KEYS.length);
    for (const [key, found] of counts) assert.deepEqual(found, all, key);
  }
}

test("a reload that spreads a pipeline in another way loses no event and no state", async (t) => {
  const counting = new Counting(t);
  await counting.start(2, "host");
  for (const way of ["service", "channel", "all", "host", "channel", "service", "all", "channel", "host"] as const)
    await counting.reload(way);
  await counting.sendSome();
  await balanced(counting.daemon);
  await counting.end("SIGTERM");
  counting.assertCounted();
});

for (const signal of ["SIGTERM", "SIGKILL"] as const)
  test(`state goes on in another number of workers and where a pipeline is spread in another way, after ${signal}`, async (t) => {
    const counting = new Counting(t);
    const runs = [
      [2, "host"],
      [2, "service"],
      [3, "channel"],
      [0, "host"],
      [2, "all"],
      [3, "service"],
    ] as const;
    for (const [workers, way] of runs) {
      await counting.start(workers, way);
      await counting.sendSome();
      await counting.end(signal);
    }
    counting.assertCounted();
  });

test("state goes on with another partition key, and the log says so", async (t) => {
  const counting = new Counting(t);
  const runs = [
    [2, "state"],
    [2, "attributes.zone"],
    [3, "host"],
    [2, "attributes.zone"],
    [0, "host"],
  ] as const;
  for (const [workers, partitionKey] of runs) {
    await counting.start(workers, "host", {}, "--partition-key", partitionKey);
    await counting.sendSome();
    if (partitionKey === "attributes.zone")
      assert.match((await counting.daemon.pipeline("counts")).placement, /^all workers, by attributes\.zone: /);
    await counting.end("SIGTERM");
    const said = counting.daemon.log.filter(({ msg }) => msg === OTHER_KEY);
    assert.deepEqual(
      said.map(({ was, partition_key }) => [was, partition_key]),
      partitionKey === "host" ? [["attributes.zone", "host"]] : [],
    );
  }
  counting.assertCounted();
});

const DEADLY = `import { map, pipeline } from "fast-ts";
pipeline("deadly", [map((e) => (e.service === "kill" ? process.exit(1) : e))], { spread: false });`;

test("of a worker that ends its keys go on from the last snapshot, and those of the other one as if nothing had been", async (t) => {
  const counting = new Counting(t);
  await counting.start(2, "host", { "deadly.ts": DEADLY });
  const { daemon } = counting;
  for (const replaced of [1, 2]) {
    await counting.sendSome();
    await counting.saved();
    const client = await Client.open(daemon.port);
    await client.send({ host: "a", service: "kill" });
    client.socket.destroy();
    await daemon.until("the replacement", async () => {
      const { workers } = await daemon.tree();
      return workers.reduce((sum, one) => sum + one.replaced, 0) === replaced;
    });
  }
  await counting.sendSome();
  await balanced(daemon);
  await counting.end("SIGTERM");
  counting.assertCounted();
});
