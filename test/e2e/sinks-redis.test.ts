import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type RedisOptions, redis } from "../../src/sinks/redis.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { driverModule, lacking, RealServer, withoutDriver } from "./real-server.ts";
import { SilentServer } from "./silent-server.ts";
import { tlsFiles } from "./tls-files.ts";

const skip = lacking("redis-server") || withoutDriver("ioredis");
const EVENTS = Array.from({ length: 2500 }, (_, n) => ({
  service: `s ${n}`,
  metric: n,
  time: 7,
  description: '"ü"\n',
}));
const SENT = EVENTS.map((one) => JSON.stringify(event(one)));

/** What is used of ioredis. */
interface Ioredis {
  readonly Redis: new (
    url: string,
  ) => {
    pipeline(commands: readonly string[][]): { exec(): Promise<[unknown, unknown][] | null> };
    on(name: "message", listener: (channel: string, text: string) => void): void;
    subscribe(channel: string): Promise<unknown>;
    disconnect(): void;
  };
}

const start = (t: TestContext, ...more: string[]) =>
  RealServer.start(t, "redis-server", (port, dir) => [
    ...["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, "--save", "", "--appendonly", "no", ...more],
  ]);
const url = (server: RealServer): string => `redis://127.0.0.1:${server.port}`;

function sinkTo(t: TestContext, server: RealServer, options: RedisOptions): Outside {
  const outside = new Outside([redis(url(server), { ...PATIENT, ...options })], "redis#0");
  t.after(() => outside.close());
  return outside;
}

/** The replies to some commands. */
async function ask(server: RealServer, ...commands: string[][]): Promise<unknown[]> {
  const { Redis } = driverModule<Ioredis>("ioredis");
  const client = new Redis(url(server));
  const replies = (await client.pipeline(commands).exec()) ?? [];
  client.disconnect();
  return replies.map(([, reply]) => reply);
}

const entries = async (server: RealServer, key: string): Promise<string[]> => {
  const [found] = await ask(server, ["xrange", key, "-", "+"]);
  return (found as [string, string[]][]).map(([, [, json = ""]]) => json);
};

test("a stream has every event in order, over an outage as well", { skip }, async (t) => {
  const server = await start(t);
  const outside = sinkTo(t, server, { stream: "events" });
  outside.offer(...EVENTS.slice(0, 1500));
  await outside.settled();
  assert.deepEqual(await entries(server, "events"), SENT.slice(0, 1500));
  await server.stop();
  outside.offer(...EVENTS.slice(1500));
  await outside.until(({ pending }) => pending === 1000);
  await server.start();
  await outside.settled();
  assert.equal(outside.report.delivered, 2500);
  assert.deepEqual(await entries(server, "events"), SENT.slice(1500), "the server keeps nothing over its restart");
});

test("a stream keeps about as many entries as it is told", { skip }, async (t) => {
  const server = await start(t);
  const outside = sinkTo(t, server, { stream: "events", maxLength: 500 });
  outside.offer(...EVENTS);
  await outside.settled();
  const kept = await entries(server, "events");
  assert.ok(kept.length >= 500 && kept.length < 700, `${kept.length}`);
  assert.equal(kept.at(-1), SENT.at(-1));
});

test("a stream that is trimmed has one writer, whatever workers feed it", { skip }, async (t) => {
  const server = await start(t);
  const route = (name: string): string => `import { filter, pipeline, redis } from "fast-ts";
pipeline("${name}", [filter((e) => e.host === "${name}"), redis("${url(server)}", { stream: "events", maxLength: 1000 })]);`;
  const daemon = await DaemonProcess.start(t, { "one.ts": route("one"), "two.ts": route("two") }, ["--workers", "2"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (const host of ["one", "two"]) await client.send({ host, service: "s" }, { host, service: "s" });
  await daemon.until("all to come", async () => (await entries(server, "events")).length === 4);
  const [clients] = await ask(server, ["client", "list"]);
  assert.equal(String(clients).trim().split("\n").length, 2, "that of the sink, and ours");
  await daemon.until("all to be told", async () => {
    const { pipelines } = await daemon.tree();
    return pipelines.every(({ stages }) => stages.at(-1)?.delivered === 2);
  });
  assert.equal((await daemon.stop()).code, 0);
});

test("a channel has every event", { skip }, async (t) => {
  const server = await start(t);
  const { Redis } = driverModule<Ioredis>("ioredis");
  const client = new Redis(url(server));
  t.after(() => client.disconnect());
  const got: string[] = [];
  client.on("message", (_: string, text: string) => got.push(text));
  await client.subscribe("events");
  const outside = sinkTo(t, server, { channel: "events" });
  outside.offer(...EVENTS);
  await outside.settled();
  await outside.until(() => got.length === SENT.length);
  assert.deepEqual(got, SENT);
});

test("a key of another type refuses events; a server without memory has them wait", { skip }, async (t) => {
  const server = await start(t);
  await ask(server, ["set", "events", "a text"]);
  const outside = sinkTo(t, server, { stream: "events" });
  outside.offer(...EVENTS.slice(0, 3));
  await outside.settled();
  assert.equal(outside.report.dropped.refused, 3);
  assert.match(JSON.stringify(outside.live.log), /WRONGTYPE/);
  await ask(server, ["del", "events"], ["config", "set", "maxmemory", "1"]);
  outside.offer(...EVENTS.slice(0, 5));
  await outside.until(() => JSON.stringify(outside.live.log).includes("OOM"));
  assert.equal(outside.report.pending, 5);
  await ask(server, ["config", "set", "maxmemory", "0"]);
  await outside.settled();
  assert.deepEqual(await entries(server, "events"), SENT.slice(0, 5));
});

test("a server that says nothing keeps none of our connections", { skip }, async (t) => {
  const silent = await SilentServer.start(t);
  const options = { stream: "events", timeout: 1, retryFor: 10 };
  const outside = new Outside([redis(`redis://${silent.address}`, options)], "redis#0");
  t.after(() => outside.close());
  outside.offer(...EVENTS.slice(0, 1));
  await outside.settled();
  assert.ok(silent.connections > 1);
  await until("all to be closed", () => silent.open === 0);
});

test("a wrong password gives the batch up, and the log says so", { skip }, async (t) => {
  const server = await start(t, "--requirepass", "right");
  const outside = new Outside(
    [redis(`redis://:wrong@127.0.0.1:${server.port}`, { ...PATIENT, stream: "a" })],
    "redis#0",
  );
  t.after(() => outside.close());
  outside.offer(...EVENTS.slice(0, 2));
  await outside.settled();
  assert.equal(outside.report.dropped.failed, 2);
  assert.match(JSON.stringify(outside.live.log), /WRONGPASS|NOAUTH/);
});

test("TLS: an authority of one's own and a client certificate; strangers stay outside", { skip }, async (t) => {
  const file = tlsFiles(t);
  const server = await RealServer.start(t, "redis-server", (port, dir) => [
    ...["--bind", "127.0.0.1", "--port", "0", "--tls-port", String(port), "--dir", dir, "--save", ""],
    ...["--tls-ca-cert-file", file("ca.pem"), "--tls-cert-file", file("server.pem")],
    ...["--tls-key-file", file("server.key")],
  ]);
  const mine = { cert: file("client.pem"), key: file("client.key") };
  const secure = (maxLength: number | undefined, ca: string): Outside => {
    const options = { ...PATIENT, stream: "events", ...mine, ca, ...(maxLength && { maxLength }) };
    const outside = new Outside([redis(`rediss://localhost:${server.port}`, options)], "redis#0");
    t.after(() => outside.close());
    outside.offer(...EVENTS.slice(0, 3));
    return outside;
  };
  for (const maxLength of [undefined, 100]) {
    const outside = secure(maxLength, file("ca.pem"));
    await outside.settled();
    assert.equal(outside.report.delivered, 3);
  }
  const refused = secure(undefined, file("stranger.pem"));
  await refused.until(() => /self.signed|unable to (get|verify)/.test(JSON.stringify(refused.live.log)));
});
