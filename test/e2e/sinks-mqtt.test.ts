import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { freePort } from "../../bench/free-port.ts";
import { event } from "../../src/core/event.ts";
import { type MqttOptions, mqtt } from "../../src/sinks/mqtt.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { driverModule, lacking, RealServer, withoutDriver } from "./real-server.ts";
import { tlsFiles } from "./tls-files.ts";

const skip = lacking("mosquitto") || withoutDriver("mqtt");
const eventOf = (n: number) => ({ service: `s ${n}`, metric: n, time: 7, state: n % 2 ? "ok" : "bad" });
const EVENTS = Array.from({ length: 1200 }, (_, n) => eventOf(n));
const SENT = EVENTS.map((one) => JSON.stringify(event(one)));

/** What is used of mqtt. */
interface Package {
  connectAsync(url: string, options?: object): Promise<Client>;
}
interface Client {
  subscribeAsync(topic: string, options: { readonly qos: number }): Promise<unknown>;
  on(name: "message", listener: (topic: string, payload: Buffer, packet: { readonly retain: boolean }) => void): void;
  endAsync(isForced: boolean): Promise<void>;
}

/** A broker with these lines in its configuration, and with these files in its directory. */
const start = (t: TestContext, lines: readonly string[] = [], files: Readonly<Record<string, string>> = {}) =>
  RealServer.start(t, "mosquitto", (port, dir) => {
    const all = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "user root", "max_queued_messages 0", ...lines];
    const conf = all.join("\n").replaceAll("DIR", dir);
    for (const [name, text] of Object.entries({ ...files, "mosquitto.conf": conf }))
      writeFileSync(join(dir, name), text);
    return ["-c", join(dir, "mosquitto.conf")];
  });

/** What a subscriber gets from now on: topic and text. */
async function subscribed(t: TestContext, server: RealServer, topic = "#"): Promise<[string, string][]> {
  const { connectAsync } = driverModule<Package>("mqtt");
  const got: [string, string][] = [];
  const client = await connectAsync(`mqtt://127.0.0.1:${server.port}`);
  t.after(() => client.endAsync(true));
  client.on("message", (at, payload, { retain }) => got.push([retain ? `kept ${at}` : at, String(payload)]));
  await client.subscribeAsync(topic, { qos: 2 });
  return got;
}

function sinkTo(t: TestContext, server: RealServer, options: MqttOptions): Outside {
  const outside = new Outside([mqtt(`mqtt://127.0.0.1:${server.port}`, { ...PATIENT, ...options })], "mqtt#0");
  t.after(() => outside.close());
  return outside;
}

const logOf = ({ live }: Outside): string => JSON.stringify(live.log);

for (const version of ["5", "3.1.1"] as const)
  for (const qos of [0, 1, 2] as const)
    test(`a subscriber has every event in order, at QoS ${qos} of MQTT ${version}`, { skip }, async (t) => {
      const server = await start(t);
      const got = await subscribed(t, server, "events/#");
      const outside = sinkTo(t, server, { topic: (e) => `events/${e.state}`, qos, version });
      outside.offer(...EVENTS);
      await outside.settled();
      assert.equal(outside.report.delivered, EVENTS.length);
      await outside.until(() => got.length === EVENTS.length);
      assert.deepEqual(
        got,
        SENT.map((json, n) => [n % 2 ? "events/ok" : "events/bad", json]),
      );
    });

for (const qos of [0, 1, 2] as const)
  test(`a broker that is killed and comes back has what it did not acknowledge, at QoS ${qos}`, { skip }, async (t) => {
    const server = await start(t);
    const outside = sinkTo(t, server, { topic: "events", qos, batch: { events: 50 } });
    outside.offer(...EVENTS.slice(0, 700));
    await outside.until(({ delivered }) => delivered > 0);
    await server.stop();
    outside.offer(...EVENTS.slice(700));
    const since = outside.clock.now();
    await outside.until(() => outside.clock.now() - since > 20);
    const { delivered, pending } = outside.report;
    assert.equal(delivered + pending, 1200);
    await server.start();
    const got = await subscribed(t, server);
    await outside.settled();
    assert.equal(outside.report.delivered, 1200);
    await outside.until(() => got.length === pending);
    assert.deepEqual(
      got.map(([, text]) => text),
      SENT.slice(delivered),
    );
  });

test("who subscribes later has the last event of each topic that is retained", { skip }, async (t) => {
  const server = await start(t);
  const outside = sinkTo(t, server, { topic: (e) => `last/${e.state}`, retain: true });
  outside.offer(...EVENTS.slice(0, 10));
  await outside.settled();
  const got = await subscribed(t, server);
  await outside.until(() => got.length === 2);
  assert.deepEqual(got.toSorted(), [
    ["kept last/bad", SENT[8]],
    ["kept last/ok", SENT[9]],
  ]);
});

const noText = ({ service }: { readonly service: string | null }): never =>
  (service === "later" ? Promise.resolve("a") : null) as never;

test("what has no topic, or is larger than the broker takes, is given up; all others are there", {
  skip,
}, async (t) => {
  const server = await start(t, ["max_packet_size 3000"]);
  const got = await subscribed(t, server);
  const outside = sinkTo(t, server, { topic: (e) => e.host ?? noText(e) });
  const wrong = ["a/+/b", "a/#", "", "a\u0000b", "a\nb", "a\u0085b", "a\ud800b", "a\ufffeb", "x".repeat(65_536)];
  outside.offer({ host: "a" }, ...wrong.map((host) => ({ host })), { service: "none" }, { service: "later" });
  outside.offer({ host: "b", description: "x".repeat(3000) }, { host: "ü/ /$c" });
  await outside.settled();
  assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, wrong.length + 3]);
  await outside.until(() => got.length === 2);
  assert.deepEqual(
    got.map(([topic]) => topic),
    ["a", "ü/ /$c"],
  );
  assert.match(logOf(outside), /is no topic/);
});

test("who may not come in, or not write to a topic, is told", { skip }, async (t) => {
  const server = await start(t, ["acl_file DIR/acl"], { acl: "topic write open/#\n" });
  const outside = sinkTo(t, server, { topic: (e) => e.host ?? "" });
  outside.offer({ host: "open/a" }, { host: "closed/a" }, { host: "open/b" });
  await outside.settled();
  assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 1]);
  assert.match(logOf(outside), /Not authorized/);
  const closed = await start(t, ["password_file DIR/passwords"], { passwords: "" });
  const unknown = new Outside([mqtt(`mqtt://me:wrong@127.0.0.1:${closed.port}`, { ...PATIENT, topic: "a" })], "mqtt#0");
  t.after(() => unknown.close());
  unknown.offer({ service: "a" }, { service: "b" });
  await unknown.settled();
  assert.equal(unknown.report.dropped.failed, 2);
  assert.match(logOf(unknown), /Connection refused: Not authorized/);
  assert.doesNotMatch(logOf(unknown), /me:wrong/);
});

test("TLS: an authority of one's own and a client certificate; strangers stay outside", { skip }, async (t) => {
  const file = tlsFiles(t);
  const port = await freePort();
  const server = await start(t, [
    ...[`listener ${port} 127.0.0.1`, `cafile ${file("ca.pem")}`, `certfile ${file("server.pem")}`],
    ...[`keyfile ${file("server.key")}`, "require_certificate true"],
  ]);
  const mine = { cert: file("client.pem"), key: file("client.key") };
  const secure = (tls: object): Outside => {
    const outside = new Outside([mqtt(`mqtts://localhost:${port}`, { topic: "a", ...tls })], "mqtt#0");
    t.after(() => outside.close());
    outside.offer(...EVENTS.slice(0, 3));
    return outside;
  };
  const got = await subscribed(t, server);
  const well = secure({ ...PATIENT, ...mine, ca: file("ca.pem") });
  await well.settled();
  await well.until(() => got.length === 3);
  for (const [tls, why] of [
    [{ timeout: 2, ...mine, ca: file("stranger.pem") }, /self.signed|unable to (get|verify)/],
    [{ timeout: 2, ca: file("ca.pem") }, /connection was closed|certificate required|handshake/],
  ] as const) {
    const outside = secure(tls);
    await outside.until(() => why.test(logOf(outside)));
    assert.equal(outside.report.pending, 3);
  }
});
