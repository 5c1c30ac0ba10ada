import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OTHER_KEY } from "../../src/host/state-sources.ts";
import { Client } from "./client.ts";
import { Counting, route, type Way } from "./counting-keys.ts";
import { routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

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

test("the index goes where other pipelines have need of its events, with all that is in it", async (t) => {
  const index = { "index.ts": 'import { index, pipeline } from "fast-ts"; pipeline("index", [index()]);' };
  const counting = new Counting(t);
  const found = async (by: string): Promise<readonly string[]> => {
    assert.match((await counting.daemon.pipeline("index")).placement, new RegExp(`^all workers, by ${by}: index#0 `));
    const client = await Client.open(counting.daemon.port);
    const events = await client.find("true");
    client.socket.destroy();
    return events.map(({ host, service, time }) => JSON.stringify([host, service, time])).sort();
  };
  const start = (workers: number, way: Way) => counting.start(workers, way, index, "--default-ttl", "3600");
  await start(2, "host");
  await counting.sendSome();
  const all = await found("host");
  await counting.reload("service");
  const newest = await found("host");
  assert.equal(newest.length, all.length, "while it can it stays where it is");
  await counting.end("SIGTERM");
  await start(2, "service");
  assert.deepEqual(await found("service"), newest);
  await counting.sendSome();
  const last = await found("service");
  await counting.end("SIGTERM");
  await start(3, "host");
  assert.deepEqual(await found("host"), last);
  await counting.end("SIGTERM");
  counting.assertCounted();
});

/** A stage that ends its thread when that hands over what it keeps, if a file says so. */
const BOMB = (flag: string): string => `import { rmSync } from "node:fs"; import { stage } from "fast-ts";
const look = (): number => {
  Error.stackTraceLimit = 100;
  if (!new Error().stack?.includes("handOver")) return 0;
  try {
    rmSync("${flag}");
  } catch {
    return 0; // it is not there, or another thread has taken it
  }
  process.exit(1);
};
export const bomb = () => stage("bomb", ({ state, emit }) => {
  Object.defineProperty(state(() => ({})), "look", { enumerable: true, get: look });
  return emit;
}, { memory: 0, changes: [] });`;

test("nothing moves when a worker ends while it hands over its state, and nothing is lost", async (t) => {
  for (const hasJournal of [false, true]) {
    const counting = new Counting(t, { hasJournal });
    const flag = join(routeDir(t, {}), "flag");
    const armed = (way: Way): string =>
      `import { bomb } from "./_bomb.ts"; ${route(way)}`.replace("[counter()]", "[bomb(), counter()]");
    await counting.start(2, "host", { "_bomb.ts": BOMB(flag), "r.ts": armed("host") });
    await counting.sendSome();
    if (!hasJournal) await counting.saved();
    writeFileSync(flag, "");
    counting.daemon.write("r.ts", armed("all"));
    const { problems } = await counting.daemon.logged("routes not reloaded, the old ones go on");
    assert.match(String(problems), /"counts" cannot move now: a worker has ended meanwhile; load the routes again/);
    await counting.reload("service");
    await counting.sendSome();
    await counting.end("SIGTERM");
    counting.assertCounted(hasJournal);
  }
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
