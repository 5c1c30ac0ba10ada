import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { Load } from "./load.ts";

const ROUTES = `import { filter, map, pipeline } from "fast-ts";
for (let n = 0; n < 20; n++) pipeline(\`pipeline \${n}\`, [filter((e) => e.metric === n), map((e) => e)]);
`;

test("clients that ask for /metrics again and again share a rendering a second, and all are answered", async (t) => {
  const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--workers", "1", "--no-watch"]);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 10, window: 2 });
  load.start();
  const begun = performance.now();
  const pages: string[] = [];
  const scrape = async (): Promise<void> => {
    for (let scrapes = 0; scrapes < 5; scrapes++) {
      const answer = await fetch(`http://127.0.0.1:${daemon.httpPort}/metrics`);
      assert.equal(answer.status, 200);
      pages.push(await answer.text());
    }
  };
  await Promise.all(Array.from({ length: 30 }, scrape));
  const seconds = (performance.now() - begun) / 1000;
  await load.pause();
  assert.equal(pages.length, 150);
  // The processor time alone differs in each.
  assert.ok(new Set(pages).size <= seconds + 1, `${new Set(pages).size} renderings in ${seconds} s`);
  const series = new Set(pages.map((page) => page.replaceAll(/ \S+$/gm, "")));
  assert.equal(series.size, 1, "each has the same series");
  const { n } = load.acknowledged(daemon);
  const pipelines = await balanced(daemon, (now) => now.every(({ offered }) => offered === n));
  const { workers } = await daemon.tree();
  assert.deepEqual(
    workers.map(({ replaced }) => replaced),
    [0],
  );
  assert.deepEqual([...new Set(pipelines.map(({ accepted, shed }) => accepted + shed))], [n]);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test("clients that search the whole index, each for something else, are all answered while events come", async (t) => {
  const routes = `import { index, pipeline } from "fast-ts"; pipeline("all", [index()]);`;
  const daemon = await DaemonProcess.start(t, { "a.ts": routes }, ["--workers", "1", "--no-watch"]);
  const clients = await Promise.all(Array.from({ length: 30 }, () => Client.open(daemon.port)));
  t.after(() => clients.map((client) => client.close()));
  const services = Array.from({ length: 3000 }, (_, n) => ({ service: `s${n}`, metric_d: n, ttl: 3600 }));
  await clients[0]?.send(...services);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 10, window: 2 });
  load.start();
  const found = async (client: Client, metric: number): Promise<unknown> => {
    for (;;) {
      const { ok, events, error = "" } = await client.ask({ query: { string: `metric = ${metric} and ttl > 3000` } });
      if (ok === true) return events?.map(({ service }) => service);
      assert.match(error, /again later/); // on a busy machine
    }
  };
  await Promise.all(
    clients.map(async (client, at) => {
      for (let metric = at; metric < 150; metric += 30) assert.deepEqual(await found(client, metric), [`s${metric}`]);
    }),
  );
  await load.pause();
  const { n } = load.acknowledged(daemon);
  const all = n + services.length;
  const pipelines = await balanced(daemon, (now) => now.every(({ offered }) => offered === all));
  const { workers } = await daemon.tree();
  assert.deepEqual(
    workers.map(({ replaced }) => replaced),
    [0],
  );
  assert.deepEqual(
    pipelines.map(({ accepted, shed }) => accepted + shed),
    [all],
  );
});
