import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { killWorkers, someLoad } from "./kill-workers.ts";
import { balanced } from "./ledger.ts";
import { Load } from "./load.ts";

const ROUTES = `
import { by, changed, counter, filter, pipeline, publish, stdout, subscribe, tag } from "fast-ts";
pipeline("hosts", [filter((e) => e.metric !== null), by("host", [counter()]), tag("hosts"), stdout({ format: "json" })]);
pipeline("both", [by(["service", "host"], [changed("state")]), tag("both"), stdout({ format: "json" })]);
pipeline("services", [by("service", [counter()]), tag("services"), stdout({ format: "json" })]);
pipeline("all", [counter(), tag("all"), stdout({ format: "json" })]);
pipeline("none", [filter((e) => e.state === "critical"), tag("none"), stdout({ format: "json" })]);
pipeline("from", [by("host", [counter()]), publish("counted")]);
pipeline("to", [subscribe("counted"), by(["host", "service"], [changed("state")]), tag("end"), publish("changed")]);
pipeline("end", [subscribe("changed"), stdout({ format: "json" })]);
`;

/** What was printed for each pipeline and key, in order. */
type Printed = Readonly<Record<string, readonly string[]>>;

const HOSTS = [{}, ...["", "a", "b", "web-1", "web-2", "zürich", "ü", "x".repeat(200)].map((host) => ({ host }))];
const EVENTS = Array.from({ length: 2_000 }, (_, n) => ({
  ...HOSTS[(n * 7) % HOSTS.length],
  ...[{ service: "cpu" }, { service: "disk" }, {}][(n >> 3) % 3],
  state: n % 11 === 0 ? "critical" : "ok",
  metric_d: n % 5,
  time: 1,
}));

async function printedBy(t: Parameters<typeof DaemonProcess.start>[0], workers: number): Promise<Printed> {
  const daemon = await DaemonProcess.start(t, { "r.ts": ROUTES }, ["--workers", String(workers)]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (let from = 0; from < EVENTS.length; from += 100) await client.send(...EVENTS.slice(from, from + 100));
  const reports = await balanced(daemon, (now) =>
    now.every(({ name, offered }) => name === "end" || offered === EVENTS.length),
  );
  for (const { name, workers: hosts } of reports) {
    const isSpread = name !== "all" && workers > 1;
    assert.equal(hosts.length, isSpread ? workers : 1, name);
  }
  await daemon.stop();
  const printed: Record<string, string[]> = {};
  for (const line of daemon.printed) {
    const { host, service, metric, state, tags } = JSON.parse(line);
    const key =
      tags[0] === "hosts" ? host : tags[0] === "services" ? service : tags[0] === "all" ? "" : [host, service];
    const name = JSON.stringify([tags[0], key]);
    printed[name] = [...(printed[name] ?? []), JSON.stringify([host, service, metric, state])];
  }
  return Object.fromEntries(Object.entries(printed).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is printed of events that were sent once more, in order for each host and service. */
async function printedAgain(t: Parameters<typeof DaemonProcess.start>[0], workers: number): Promise<Printed> {
  const daemon = await DaemonProcess.start(t, { "r.ts": AGAIN }, ["--workers", String(workers)]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (let from = 0; from < EVENTS.length; from += 100) await client.send(...EVENTS.slice(from, from + 100));
  await daemon.until("all of them", () => daemon.printed.length === EVENTS.length);
  const { workers: hosts } = await daemon.pipeline("again");
  assert.equal(hosts.length, Math.max(workers, 1));
  await balanced(daemon);
  await daemon.stop();
  const printed: Record<string, string[]> = {};
  for (const line of daemon.printed) {
    const { host, service, metric, state } = JSON.parse(line);
    const name = JSON.stringify([host, service]);
    printed[name] = [...(printed[name] ?? []), JSON.stringify([metric, state])];
  }
  return Object.fromEntries(Object.entries(printed).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const AGAIN = `
import { by, changed, counter, filter, pipeline, reinject, stdout, tag } from "fast-ts";
pipeline("again", [filter((e) => !e.tags.includes("again")), tag("again"), by("host", [counter()]), reinject()]);
pipeline("seen", [filter((e) => e.tags.includes("again")), by(["host", "service"], [counter()]), stdout({ format: "json" })]);
`;

test("what pipelines in several workers reinject is in order for each host and service", async (t) => {
  const whole = await printedAgain(t, 0);
  assert.ok(Object.keys(whole).length > 20);
  for (const workers of [2, 3]) assert.deepEqual(await printedAgain(t, workers), whole, `${workers} workers`);
});

test("with any number of workers the same comes out, for each key in the same order", async (t) => {
  const whole = await printedBy(t, 0);
  assert.ok(Object.keys(whole).length > 30);
  for (const workers of [1, 2, 3]) assert.deepEqual(await printedBy(t, workers), whole, `${workers} workers`);
});

const DEADLY = `
import { bitBucket, by, counter, filter, map, pipeline, publish, subscribe } from "fast-ts";
pipeline("hosts", [by("host", [counter()]), bitBucket()]);
pipeline("services", [by("service", [counter()]), bitBucket()]);
pipeline("none", [filter((e) => e.metric !== null), publish("some"), bitBucket()]);
pipeline("to", [subscribe("some"), by("host", [counter()]), bitBucket()]);
pipeline("deadly", [map((e) => (e.service === "kill" ? process.exit(1) : e))], { spread: false });
`;

test("the books of pipelines in all workers balance after one of these was lost, and lost too often", async (t) => {
  const daemon = await DaemonProcess.start(t, { "r.ts": DEADLY }, ["--workers", "2", "--no-watch"]);
  const load = await Load.open(t, daemon.port, { event: (at) => ({ service: `load-${at % 7}` }) });
  load.start();
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  const killed = 4;
  await killWorkers(daemon, load, client, killed);
  await someLoad(daemon, load);
  await load.pause();
  const reports = await balanced(daemon, (now) =>
    now.every(({ name, offered, inbox }) => (name === "to" || offered === load.acked.n + killed) && inbox === 0),
  );
  // After four ends within five seconds, unless the machine is too slow for that, one rests: its share is shed.
  const rests = daemon.log.some(({ msg }) => msg.startsWith("worker failed: it ended too often"));
  for (const name of ["hosts", "services", "none"]) {
    const { shed = 0, workers } = reports.find((one) => one.name === name) ?? {};
    assert.deepEqual([workers, shed > 0], [[1, 2], rests], name);
  }
  const of = (name: string) => reports.find((one) => one.name === name);
  const [published = 0, taken = 0] = [of("none")?.stages[1]?.received, of("to")?.offered];
  assert.deepEqual([of("to")?.workers, of("to")?.shed], [[1, 2], 0]);
  assert.ok(taken <= published && taken >= published - killed, `${taken} of ${published}`);
  await daemon.stop();
});

test("a pipeline that a reload adds gets nothing that came before, also where a worker had nothing to do until then", async (t) => {
  const total = (name: string): string => `import { counter, filter, pipeline, stdout } from "fast-ts";
pipeline("${name}", [filter((e) => e.service === "some"), counter(), stdout({ format: "json" })]);`;
  const daemon = await DaemonProcess.start(t, { "a.ts": total("a") }, ["--workers", "2"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (let n = 0; n < 20; n++) await client.send({ host: `h${n}`, service: "some", metric_d: 1 });
  daemon.write("b.ts", total("b"));
  await daemon.until("the new route", () => daemon.log.some(({ msg }) => msg === "routes reloaded"));
  assert.deepEqual(
    (await daemon.tree()).pipelines.map(({ workers }) => workers),
    [[1], [2]],
  );
  await client.send({ host: "h", service: "some", metric_d: 1 });
  await daemon.until("both", () => daemon.printed.length >= 22);
  assert.deepEqual(
    daemon.printed
      .slice(20)
      .map((line) => JSON.parse(line).metric)
      .toSorted((a, b) => a - b),
    [1, 21],
  );
  await daemon.stop();
});

const BY_ATTRIBUTE = `
import { by, counter, filter, pipeline, stdout, tag } from "fast-ts";
pipeline("customers", [by("attributes.customer", [counter()]), tag("customers"), stdout({ format: "json" })]);
pipeline("hosts", [by("host", [counter()]), tag("hosts"), stdout({ format: "json" })]);
pipeline("none", [filter((e) => e.state === "critical"), tag("none"), stdout({ format: "json" })]);
`;
const CUSTOMERS = EVENTS.map((one, n) => ({
  ...one,
  attributes: [
    ...(n % 5 === 0 ? [] : [{ key: "customer", value: ["", "ann", "bob", "cleo", "zoë"][(n >> 4) % 5] ?? "" }]),
    { key: "n", value: String(n) },
  ],
}));

test("with a partition key pipelines are spread by it, and the same comes out for each", async (t) => {
  const printedBy = async (workers: number, partitionKey: string): Promise<Printed> => {
    const args = ["--workers", `${workers}`, "--partition-key", partitionKey];
    const daemon = await DaemonProcess.start(t, { "r.ts": BY_ATTRIBUTE }, args);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (let from = 0; from < CUSTOMERS.length; from += 100) await client.send(...CUSTOMERS.slice(from, from + 100));
    const reports = await balanced(daemon, (now) => now.every(({ offered }) => offered === CUSTOMERS.length));
    const isSpread = workers > 1 && partitionKey === "attributes.customer";
    assert.deepEqual(Object.fromEntries(reports.map(({ name, workers: hosts }) => [name, hosts.length])), {
      customers: isSpread ? workers : 1,
      hosts: Math.max(workers, 1),
      none: Math.max(workers, 1),
    });
    const { placement } = reports.find(({ name }) => name === "customers") ?? {};
    if (isSpread)
      assert.equal(placement, "all workers, by attributes.customer: by#0 keeps state for each attributes.customer");
    await daemon.stop();
    const printed: Record<string, string[]> = {};
    for (const line of daemon.printed) {
      const { host, attributes, metric, tags } = JSON.parse(line);
      const key = JSON.stringify([tags[0], tags[0] === "hosts" ? host : attributes.customer]);
      printed[key] = [...(printed[key] ?? []), JSON.stringify([attributes.n, metric])];
    }
    return Object.fromEntries(Object.entries(printed).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };
  const whole = await printedBy(0, "attributes.customer");
  assert.ok(Object.keys(whole).length > 15);
  for (const workers of [2, 3]) assert.deepEqual(await printedBy(workers, "attributes.customer"), whole);
  const byHost = await printedBy(2, "host");
  assert.deepEqual(Object.keys(byHost), Object.keys(whole));
  for (const [key, lines] of Object.entries(byHost))
    if (!key.startsWith('["none"')) assert.deepEqual(lines, whole[key]);
});
