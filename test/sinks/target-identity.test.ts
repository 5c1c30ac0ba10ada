import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import type { EventOrList } from "../../src/core/event-list.ts";
import type { Through } from "../../src/core/stage.ts";
import { secret } from "../../src/delivery/secret.ts";
import { sink } from "../../src/delivery/sink.ts";
import { amqp } from "../../src/sinks/amqp.ts";
import { exec } from "../../src/sinks/exec.ts";
import { file } from "../../src/sinks/file.ts";
import { forward } from "../../src/sinks/forward.ts";
import { graphite } from "../../src/sinks/graphite.ts";
import { influxdb } from "../../src/sinks/influxdb.ts";
import { kafka } from "../../src/sinks/kafka.ts";
import { loki } from "../../src/sinks/loki.ts";
import { mqtt } from "../../src/sinks/mqtt.ts";
import { nats } from "../../src/sinks/nats.ts";
import { postgres } from "../../src/sinks/postgres.ts";
import { redis } from "../../src/sinks/redis.ts";
import { remoteWrite } from "../../src/sinks/remote-write.ts";
import { slack } from "../../src/sinks/slack.ts";
import { splunk } from "../../src/sinks/splunk.ts";
import { type WebhookOptions, webhook } from "../../src/sinks/webhook.ts";
import { by } from "../../src/stages/by.ts";
import { setEnvironment } from "../environment.ts";
import { HttpStub } from "./http-stub.ts";
import { Outside } from "./outside.ts";

const targetOf = ({ edge }: Through<EventOrList>) => edge?.target;
const idOf = (stage: Through<EventOrList>) => targetOf(stage)?.id;

const name = "W";
const URL = "http://127.0.0.1:1";
const NAMED: Readonly<Record<string, readonly [Through<EventOrList>, Through<EventOrList>]>> = {
  amqp: [
    amqp("amqp://a", { name, exchange: "a", routingKey: "a" }),
    amqp(secret("B"), { name, exchange: "b", routingKey: (e) => `${e.host}`, persistent: false }),
  ],
  exec: [exec(["a"], { name }), exec(["b"], { name, env: { A: "b" }, refused: [3] })],
  file: [file("/a", { name }), file("/b", { name, gzip: true })],
  forward: [forward("a:1", { name }), forward("b:1", { name })],
  graphite: [graphite("a", { name }), graphite("b", { name, path: () => "x" })],
  influxdb: [influxdb(URL, { name, db: "a" }), influxdb(URL, { name, db: "b", version: 3, token: secret("B") })],
  kafka: [kafka("a:1", { name, topic: "a" }), kafka("a:1", { name, topic: "b", key: () => "k" })],
  loki: [loki(URL, { name }), loki(URL, { name, labels: () => ({ a: "b" }), tenant: "t", headers: { a: "b" } })],
  mqtt: [mqtt("mqtt://a", { name, topic: "a" }), mqtt("mqtt://a", { name, topic: (e) => `${e.host}`, qos: 2 })],
  nats: [nats("nats://a", { name, subject: "a" }), nats("nats://a", { name, subject: "b", jetstream: true })],
  postgres: [postgres("postgres://a", { name, table: "a" }), postgres(secret("B"), { name, table: "b", create: true })],
  redis: [redis("redis://a", { name, stream: "a" }), redis("redis://a", { name, stream: "a", maxLength: 5 })],
  remoteWrite: [remoteWrite(URL, { name }), remoteWrite(URL, { name, version: 2, headers: { a: "b" } })],
  slack: [slack(URL, { name }), slack(secret("B"), { name })],
  splunk: [splunk(URL, { name, token: secret("A") }), splunk(URL, { name, token: secret("B"), index: "i" })],
  webhook: [webhook(URL, { name }), webhook(secret("B"), { name, method: "PUT", body: () => "x", hmac: secret("H") })],
};

test("the name of a sink is all that its target is known by", () => {
  for (const [sink, both] of Object.entries(NAMED))
    for (const stage of both) assert.deepEqual([idOf(stage), targetOf(stage)?.label], [`${sink} W`, `${sink} W`]);
});

test("without a name no function and no way of sending counts, but address, place and credential do", () => {
  const url = "http://a.example.com";
  assert.equal(idOf(webhook(url, { body: (es) => `${es.length}` })), idOf(webhook(url)));
  assert.equal(idOf(remoteWrite(url, { version: 2 })), idOf(remoteWrite(url)));
  const topics = [kafka("a:1", { topic: "a" }), kafka("a:1", { topic: "b" }), kafka("b:1", { topic: "a" })];
  assert.equal(new Set(topics.map(idOf)).size, 3);
  const tokens = [secret("A"), secret("B"), secret("B")].map((token) => splunk(url, { token }));
  assert.equal(new Set(tokens.map(idOf)).size, 2);
});

test("a target is known by the name of a credential, which it does not reveal", (t) => {
  setEnvironment(t, { FTS_TEST_KEY_OF_TARGET: "s3cret" });
  const headers = { authorization: secret("FTS_TEST_KEY_OF_TARGET") };
  const shown = JSON.stringify(targetOf(webhook("http://a", { headers, hmac: secret("OTHER") })));
  assert.match(shown, /"FTS_TEST_KEY_OF_TARGET.* OTHER/);
  assert.doesNotMatch(shown, /s3cret/);
});

test("what is made of a secret tells targets apart, in an address, a header and the environment of a program", () => {
  const one = secret("A", (s) => `${s}/one`);
  const two = secret("A", (s) => `${s}/two`);
  assert.notEqual(idOf(webhook(one)), idOf(webhook(two)));
  assert.notEqual(idOf(slack(one)), idOf(slack(two)));
  assert.notEqual(idOf(webhook(URL, { headers: { a: one } })), idOf(webhook(URL, { headers: { a: two } })));
  assert.notEqual(idOf(exec(["a"], { env: { A: one } })), idOf(exec(["a"], { env: { A: two } })));
});

test("a file is one target however its path is written", () => {
  assert.deepEqual(targetOf(file("/tmp/a/../b.ndjson")), targetOf(file("/tmp/b.ndjson")));
});

test("what waits on disk for a named sink is sent after a restart with other options, as these say", async (t) => {
  const stub = await new HttpStub().open();
  const dir = await mkdtemp(join(tmpdir(), "fts-identity-"));
  t.after(() => Promise.all([stub.close(), rm(dir, { recursive: true })]));
  const hook = (options: WebhookOptions): Outside =>
    new Outside([webhook(stub.url, { name: "W", spill: { dir }, ...options })], "webhook#0");
  stub.answer = (response) => void response.writeHead(503).end();
  const before = hook({ body: (es: readonly Event[]) => `before ${es.length}` });
  before.offer({ service: "a" }, { service: "b" });
  await before.until(() => stub.received.length > 0);
  before.live.abandon();
  await before.live.targets.close();

  stub.answer = (response) => void response.end();
  stub.received.length = 0;
  const after = hook({
    body: (events: readonly Event[]) => events.map(({ service }) => service).join(),
    method: "PUT",
  });
  await after.until(() => stub.received.length > 0);
  const [request] = stub.received;
  assert.deepEqual([request?.method, request?.body], ["PUT", "a,b"]);
  assert.equal(after.live.targets.reports()[0]?.recovered, 2);
  after.live.abandon();
  await after.live.targets.close();
});

test("what waits on disk for a sink inside a by is sent when the pipeline starts, before there is a key", async (t) => {
  const stub = await new HttpStub().open();
  const dir = await mkdtemp(join(tmpdir(), "fts-identity-"));
  t.after(() => Promise.all([stub.close(), rm(dir, { recursive: true })]));
  const written: EventOrList[] = [];
  let isUp = false;
  const write = async (batch: readonly Event[]): Promise<void> => {
    if (!isUp) throw new Error("away");
    written.push(...batch);
  };
  const own = sink("own", () => ({ write, judge: () => "retry" }), { spill: { dir } });
  const stages = [by("host", [by("service", [webhook(stub.url, { spill: { dir } }), own])])];
  const place = "by#0/by#0/webhook#0";

  stub.answer = (response) => void response.writeHead(503).end();
  const before = new Outside(stages, place);
  before.offer({ host: "a" }, { host: "b" });
  await before.until(() => before.live.targets.reports().every(({ spilled }) => spilled === 2));
  before.live.abandon();
  await before.live.targets.close();

  isUp = true;
  stub.answer = (response) => void response.end();
  stub.received.length = 0;
  const after = new Outside(stages, place);
  await after.until(() => after.live.targets.reports().every(({ delivered }) => delivered === 2));
  assert.deepEqual([stub.received.length > 0, written.length], [true, 2]);
  after.live.abandon();
  after.clock.advanceTo(after.clock.now() + 60);
  await after.until(() => after.live.targets.reports().length === 0);
  await after.live.targets.close();
});
