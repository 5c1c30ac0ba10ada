import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { event } from "fast-ts";
import { runAsync, type Step, test } from "fast-ts/testing";
import { type GraphiteOptions, graphite, graphitePath } from "./_graphite.ts";

/** What a Graphite of our own is sent by a run of these steps. */
async function received(steps: readonly Step[], options: GraphiteOptions = {}): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connected = once(server, "connection");
  await runAsync([graphite({ port, ...options })], steps);
  const [socket] = await connected;
  const lines = await text(socket); // to the end: the sink hangs up when the run is over
  server.close();
  return lines;
}

test("events are lines of the plaintext protocol, in whole seconds", async () => {
  const lines = await received([
    { host: "web1.eu", service: "http rate", metric: 5, time: 1_700_000_000.9 },
    { host: "web2.eu", service: "http rate", metric: 0.25, time: 1_700_000_001 },
  ]);
  assert.equal(lines, "eu.web1.http.rate 5 1700000000\neu.web2.http.rate 0.25 1700000001\n");
});

test("what Graphite cannot store is left out", async () => {
  const lines = await received([
    { service: "a", metric: null },
    { service: "b", metric: Number.NaN },
    { service: "c", metric: 1 },
  ]);
  assert.equal(lines, "c 1 0\n");
});

test("a function of one's own names the metrics", async () => {
  const lines = await received([{ service: "a", metric: 1 }], { path: () => "mine" });
  assert.equal(lines, "mine 1 0\n");
});

test("a metric is named after host and service, without what is no name", () => {
  const pathOf = (host: string | null, service: string | null) => graphitePath(event({ host, service, time: 0 }));
  assert.equal(pathOf("db1.eu.example.com", "disk /var used"), "com.example.eu.db1.disk._var.used");
  assert.equal(pathOf(null, "api latency 0.99"), "api.latency.99");
  assert.equal(pathOf("web1", null), "web1");
});
