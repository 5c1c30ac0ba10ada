import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame } from "../../src/wire/codec.ts";
import { rounds } from "../rounds.ts";
import { COUNTING_ROUTES, connectOften, sendMutantsBeside } from "./attacks.ts";
import { Client } from "./client.ts";
import { counted } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { Load } from "./load.ts";

const EVENT = encodeFrame({ events: [{ service: "one", metric_sint64: 1 }] });

// A hundred thousand of them, and more, are the drill `mutants`.
for (const workers of [0, 1])
  test(`mutated frames from many connections harm nobody else, with ${workers} workers`, async (t) =>
    t.diagnostic(await sendMutantsBeside(t, workers, rounds(4_000))));

test("a client that never reads its answers is not read from, and gets them all when it does", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1"]);
  const load = await Load.open(t, daemon.port, { connections: 1 });
  await load.run(100);
  const slow = await Client.open(daemon.port);
  t.after(() => slow.close());
  slow.socket.pause();
  const chunk = Buffer.concat(Array.from({ length: 10_000 }, () => EVENT));
  let sent = 0;
  // What is on its way fills both ends' socket buffers first: megabytes, so many thousand messages.
  await daemon.until("the daemon to stop reading", () => {
    const before = slow.socket.writableLength;
    if (before > 8 * chunk.length) return true;
    slow.write(chunk);
    sent += 10_000;
    return false;
  });
  const before = daemon.megabytes;
  await load.run(1_000);
  load.acknowledged(daemon);
  assert.ok(daemon.megabytes - before < 60);
  assert.equal(slow.isClosed, false);
  slow.socket.resume();
  await daemon.until("all answers", () => slow.answers.length === sent);
  assert.ok(slow.answers.every(({ ok }) => ok === true));
});

test("half-open, cut and byte-by-byte connections are dealt with, each alone", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1"]);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 10, window: 2 });
  load.start();
  const openConnections = async (): Promise<number> => daemon.metric("fast_ts_connections");

  const ended = await Client.open(daemon.port);
  ended.write(Buffer.concat([EVENT, EVENT.subarray(0, 7)]));
  ended.socket.end();
  await ended.closed();
  assert.equal(ended.answers.length, 1, "what was whole is answered before the close");

  for (let n = 0; n < 50; n++) {
    const cut = await Client.open(daemon.port);
    cut.write(Buffer.concat([EVENT, EVENT.subarray(0, 3 + (n % 10))]));
    await daemon.until("the answer", () => cut.answers.length === 1);
    cut.socket.resetAndDestroy();
  }
  await daemon.until("the cut ones to be gone", async () => (await openConnections()) === 1);

  const slow = await Client.open(daemon.port);
  t.after(() => slow.close());
  for (const byte of Buffer.concat([EVENT, EVENT])) {
    slow.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await daemon.until("both answers", () => slow.answers.length === 2);

  await load.pause();
  assert.deepEqual(await counted(daemon, slow, "good"), load.acknowledged(daemon));
});

test("a header that claims 15 MB takes no memory before the bytes come", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1"]);
  const load = await Load.open(t, daemon.port, { connections: 1 });
  await load.run(500);
  const before = daemon.megabytes;
  const header = Buffer.from([0, 0xf0, 0, 0, 0x32]);
  const liars = await Promise.all(Array.from({ length: 200 }, () => Client.open(daemon.port)));
  t.after(() => {
    for (const liar of liars) liar.close();
  });
  for (const liar of liars) liar.write(header);
  await load.run(100);
  const bytes = await daemon.metric("fast_ts_received_bytes_total");
  for (const liar of liars) liar.write(header);
  await daemon.until(
    "their bytes to arrive",
    async () => (await daemon.metric("fast_ts_received_bytes_total")) >= bytes + 1_000,
  );
  assert.ok(daemon.megabytes - before < 50, `memory grew by ${daemon.megabytes - before} MB, claimed were 3,000`);
  await daemon.until("all connections", async () => (await daemon.metric("fast_ts_connections")) === 201);
});

test("a frame over the limit is refused with the reason before its bytes come, and the others live on", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1", "--max-frame", "5000"]);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 10 });
  load.start();
  const long = await Client.open(daemon.port);
  long.write(Buffer.concat([EVENT, Buffer.from([0, 0, 0x13, 0x89])]));
  await long.closed();
  assert.deepEqual(
    long.answers.map(({ ok }) => ok),
    [true, false],
  );
  assert.match(long.answers[1]?.error ?? "", /5001.*5000.*max-frame/);
  const bytewise = await Client.open(daemon.port);
  for (const byte of [0xff, 0xff, 0xff, 0xff]) bytewise.write(Buffer.from([byte]));
  await bytewise.closed();
  assert.match(bytewise.answers[0]?.error ?? "", /4294967295/);
  await load.pause();
  load.acknowledged(daemon);
  assert.equal(await daemon.metric("fast_ts_frames_oversized_total"), 2);
});

test("a query and garbage get their answers in order, among the others", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  const empty = Buffer.alloc(4);
  const query = encodeFrame({ query: { string: "true" } });
  const garbage = Buffer.from([0, 0, 0, 3, 0xff, 0xff, 0xff]);
  client.write(Buffer.concat([EVENT, empty, query, EVENT, garbage, EVENT]));
  await client.closed();
  assert.deepEqual(
    client.answers.map(({ ok }) => ok),
    [true, true, false, true, false],
  );
  assert.equal(client.answers[2]?.error, "no index");
  assert.match(client.answers[4]?.error ?? "", /not Riemann protobuf/);
});

test("many quick connections all get their answer", (t) => connectOften(t, 500));

test("connections over the limit are closed, said once, and there is room again when others go", async (t) => {
  const daemon = await DaemonProcess.start(t, COUNTING_ROUTES, ["--workers", "1", "--max-connections", "10"]);
  const clients = await Promise.all(Array.from({ length: 10 }, () => Client.open(daemon.port)));
  t.after(() => {
    for (const client of clients) client.close();
  });
  for (const client of clients) await client.send({ service: "inside" });
  for (let n = 0; n < 5; n++) await (await Client.open(daemon.port)).closed();
  for (const client of clients) await client.send({ service: "still inside" });
  await daemon.logged("too many connections, new ones are closed");
  assert.equal(daemon.linesOf("too many connections, new ones are closed").length, 1);
  assert.equal(await daemon.metric("fast_ts_connections_refused_total"), 5);
  for (const client of clients.splice(0, 3)) client.close();
  await daemon.until("room", async () => (await daemon.metric("fast_ts_connections")) === 7);
  const late = await Client.open(daemon.port);
  clients.push(late);
  await late.send({ service: "late" });
});
