import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../until.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { lacking, RealServer } from "./real-server.ts";

const ROUTES = `import { filter, pipeline, prometheus, set } from "fast-ts";
pipeline("a", [filter((e) => e.service === "cpu load"), prometheus()]);
pipeline("b", [filter((e) => e.service === "mem"), set({ "attributes.zone": "eu" }), prometheus()]);
`;

test("Prometheus scrapes what pipelines of several workers show, with the token", {
  skip: lacking("prometheus"),
}, async (t) => {
  const daemon = await DaemonProcess.start(t, { "routes.ts": ROUTES }, ["--workers", "2"], { FTS_HTTP_TOKEN: "t0ken" });
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send(
    { host: "h1", service: "cpu load", metric_d: 0.25, ttl: 600 },
    { host: "h1", service: "mem", metric_d: 2, ttl: 600 },
    { host: "h2", service: "mem", metric_d: 3, ttl: 600 },
  );
  const url = `http://127.0.0.1:${daemon.httpPort}/metrics/events`;
  assert.equal((await fetch(url)).status, 401);
  await until("the page to have all", async () => {
    const page = await fetch(url, { headers: { authorization: "Bearer t0ken", "cache-control": "no-cache" } });
    assert.equal(page.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return (await page.text()).split("\n").filter((line) => /^(cpu_load|mem)\{/.test(line)).length === 3;
  });
  const server = await RealServer.start(t, "prometheus", (port, dir) => {
    const scrape = `{ job_name: events, metrics_path: /metrics/events, authorization: { credentials: t0ken }, static_configs: [{ targets: ["127.0.0.1:${daemon.httpPort}"] }] }`;
    writeFileSync(join(dir, "p.yml"), `global: { scrape_interval: 1s }\nscrape_configs: [${scrape}]\n`);
    return [
      `--config.file=${join(dir, "p.yml")}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
  });
  await until("the server to be ready", async () => (await server.text("/-/ready")).includes("Ready"));
  type Found = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  const result = await until("Prometheus to have scraped", async () => {
    const { data } = await server.json<Found>("/api/v1/query", { query: '{job="events",host!=""}' });
    return data.result.length === 3 && data.result;
  });
  const seen = result.map(({ metric: { __name__, host, zone }, value }) => [__name__, host, zone, value[1]].join(" "));
  assert.deepEqual(seen.sort(), ["cpu_load h1  0.25", "mem h1 eu 2", "mem h2 eu 3"]);
});
