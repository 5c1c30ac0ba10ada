import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type NatsOptions, nats } from "../../src/sinks/nats.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { driverModule, lacking, RealServer, withoutDriver } from "./real-server.ts";
import { tlsFiles } from "./tls-files.ts";

const skip = lacking("nats-server") || withoutDriver("@nats-io/transport-node");
const EVENTS = Array.from({ length: 1200 }, (_, n) => ({
  service: `s ${n}`,
  metric: n,
  time: 7,
  state: n % 2 ? "ok" : "bad",
}));
const SENT = EVENTS.map((one) => JSON.stringify(event(one)));

/** What is used of @nats-io/transport-node. */
interface Transport {
  connect(options: object): Promise<Connection>;
}
interface Connection {
  subscribe(subject: string, options: { callback: (error: unknown, message: Message) => void }): void;
  request(subject: string, payload?: string): Promise<{ json(): Answer }>;
  flush(): Promise<void>;
  close(): Promise<void>;
}
interface Message {
  readonly subject: string;
  string(): string;
}
interface Answer {
  readonly error?: { readonly description: string };
  readonly state?: { readonly messages: number };
}

const start = (t: TestContext, ...more: string[]) =>
  RealServer.start(t, "nats-server", (port, dir) => [
    "-a",
    "127.0.0.1",
    "-p",
    String(port),
    "-js",
    "-sd",
    dir,
    ...more,
  ]);

async function connected(t: TestContext, server: RealServer): Promise<Connection> {
  const { connect } = driverModule<Transport>("@nats-io/transport-node");
  const link = await connect({ servers: `127.0.0.1:${server.port}` });
  t.after(() => link.close());
  return link;
}

function sinkTo(t: TestContext, server: RealServer, options: NatsOptions): Outside {
  const outside = new Outside([nats(`nats://127.0.0.1:${server.port}`, { ...PATIENT, ...options })], "nats#0");
  t.after(() => outside.close());
  return outside;
}

async function ask(link: Connection, subject: string, payload: object = {}): Promise<Answer> {
  const answer = (await link.request(subject, JSON.stringify(payload))).json();
  assert.equal(answer.error, undefined);
  return answer;
}
const createStream = (link: Connection, more: object = {}) =>
  ask(link, "$JS.API.STREAM.CREATE.EVENTS", { name: "EVENTS", subjects: ["events.>"], storage: "file", ...more });

test("a subscriber has every event in order, on the subject of each", { skip }, async (t) => {
  const server = await start(t);
  const link = await connected(t, server);
  const got: [string, string][] = [];
  link.subscribe("events.>", { callback: (_, message) => got.push([message.subject, message.string()]) });
  await link.flush();
  const outside = sinkTo(t, server, { subject: (e) => `events.${e.state}` });
  outside.offer(...EVENTS);
  await outside.settled();
  await outside.until(() => got.length === EVENTS.length);
  assert.deepEqual(
    got,
    SENT.map((json, n) => [n % 2 ? "events.ok" : "events.bad", json]),
  );
});

test("JetStream has every event once, though the server was away", { skip }, async (t) => {
  const server = await start(t);
  const link = await connected(t, server);
  const outside = sinkTo(t, server, { subject: "events.all", jetstream: true });
  outside.offer(...EVENTS.slice(0, 700));
  await outside.until(() => JSON.stringify(outside.live.log).includes("is there a stream for the subject?"));
  await createStream(link);
  await outside.settled();
  await server.stop("SIGINT"); // what JetStream acknowledges is not on its disk at once
  outside.offer(...EVENTS.slice(700));
  await outside.until(({ pending }) => pending === 500);
  await server.start();
  await outside.settled();
  assert.equal(outside.report.delivered, 1200);
  const again = await connected(t, server);
  const { state } = await ask(again, "$JS.API.STREAM.INFO.EVENTS");
  assert.equal(state?.messages, 1200);
});

test("messages that are too long are given up, others are not; what a stream refuses is too", { skip }, async (t) => {
  const server = await start(t);
  const link = await connected(t, server);
  await createStream(link, { max_msg_size: 2000 });
  for (const [jetstream, length] of [
    [false, 2 ** 21],
    [true, 5000],
  ] as const) {
    const subject = ({ host }: { readonly host: string | null }): string =>
      host ?? (Promise.resolve("events.all") as never);
    const outside = sinkTo(t, server, { subject, jetstream, maxBytes: 2 ** 26 });
    const host = "events.all";
    const [well, long] = [
      { host, service: "a" },
      { host, service: "b", description: "x".repeat(length) },
    ];
    outside.offer(well, long, { service: "its subject comes later" }, { host, service: "c" });
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 2], `${jetstream}`);
  }
});

test("a wrong password gives the batch up, and the log says so", { skip }, async (t) => {
  const server = await start(t, "--user", "me", "--pass", "right");
  const outside = new Outside(
    [nats(`nats://me:wrong@127.0.0.1:${server.port}`, { ...PATIENT, subject: "a" })],
    "nats#0",
  );
  t.after(() => outside.close());
  outside.offer({ service: "a" });
  await outside.settled();
  assert.equal(outside.report.dropped.failed, 1);
  assert.match(JSON.stringify(outside.live.log), /Authorization/i);
});

test("TLS: an authority of one's own and a client certificate; strangers stay outside", { skip }, async (t) => {
  const file = tlsFiles(t);
  const more = [
    "--tlsverify",
    "--tlscert",
    file("server.pem"),
    "--tlskey",
    file("server.key"),
    "--tlscacert",
    file("ca.pem"),
  ];
  const server = await start(t, ...more);
  const secure = (ca: string): Outside => {
    const tls = { cert: file("client.pem"), key: file("client.key"), ca };
    const outside = new Outside(
      [nats(`tls://localhost:${server.port}`, { ...PATIENT, subject: "a", ...tls })],
      "nats#0",
    );
    t.after(() => outside.close());
    outside.offer(...EVENTS.slice(0, 3));
    return outside;
  };
  const well = secure(file("ca.pem"));
  await well.settled();
  assert.equal(well.report.delivered, 3);
  const refused = secure(file("stranger.pem"));
  await refused.until(() => /self.signed|unable to (get|verify)/.test(JSON.stringify(refused.live.log)));
});
