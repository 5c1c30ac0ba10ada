import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Log } from "../../src/core/log.ts";
import { FastTsError } from "../../src/errors.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { TcpTransport } from "../../src/transport/tcp.ts";
import { ACK } from "../../src/wire/frames.ts";
import { FakeIntake, frame } from "./fake-intake.ts";

interface SetUp {
  readonly transport: TcpTransport;
  readonly intake: FakeIntake;
  readonly clock: VirtualClock;
  readonly warnings: string[];
  open(): Promise<Socket>;
}

async function setUp(t: TestContext, limits: { maxConnections?: number; maxFrame?: number } = {}): Promise<SetUp> {
  const intake = new FakeIntake();
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const silent = (): void => {};
  const log: Log = { debug: silent, info: silent, warn: (message) => void warnings.push(message), error: silent };
  const { maxConnections = 100, maxFrame = 1_000_000 } = limits;
  const transport = await TcpTransport.listen({
    host: "127.0.0.1",
    port: 0,
    maxFrame,
    maxConnections,
    intake,
    clock,
    log,
  });
  const clients: Socket[] = [];
  t.after(async () => {
    for (const client of clients) client.destroy();
    await transport.stop();
  });
  const open = async (): Promise<Socket> => {
    const client = connect({ host: "127.0.0.1", port: transport.port, noDelay: true });
    clients.push(client);
    client.on("error", () => {});
    await once(client, "connect");
    return client;
  };
  return { transport, intake, clock, warnings, open };
}

/** Turns of the loop until it is so; real sockets need a few. */
async function soon(what: string, probe: () => boolean): Promise<void> {
  for (let turns = 0; !probe(); turns++) {
    if (turns > 200_000) throw new Error(`not so in ${turns} turns: ${what}`);
    await turn();
  }
}

async function answerOf(client: Socket): Promise<Buffer> {
  const [bytes] = await once(client, "data");
  return bytes;
}

test("acknowledges over a real socket, the next message too", async (t) => {
  const { intake, transport, open } = await setUp(t);
  const client = await open();
  for (const body of ["one", "two"]) {
    client.write(frame(body));
    assert.deepEqual(await answerOf(client), ACK);
  }
  assert.deepEqual(intake.offered, ["one", "two"]);
  const { open: isOpen, connections, frames, bytesIn, acks } = transport.counts;
  assert.deepEqual([isOpen, connections, frames, bytesIn, acks], [1, 1, 2, 14, 2]);
});

test("holds back what comes while nothing can be taken, and answers it at the release", async (t) => {
  const { intake, open } = await setUp(t);
  const [a, b] = [await open(), await open()];
  intake.isHeld = true;
  a.write(frame("a"));
  b.write(frame("b"));
  const answers = Promise.all([answerOf(a), answerOf(b)]);
  for (let turns = 0; turns < 200; turns++) await turn();
  assert.deepEqual(intake.offered, []);
  intake.isHeld = false;
  intake.onRelease();
  assert.deepEqual(await answers, [ACK, ACK]);
  assert.deepEqual(intake.offered.toSorted(), ["a", "b"]);
});

test("refuses after two seconds of holding, says so once, and takes again after the release", async (t) => {
  const { intake, transport, clock, warnings, open } = await setUp(t);
  const client = await open();
  intake.isHeld = true;
  client.write(frame("held"));
  await soon("the read", () => transport.counts.bytesIn === 8);
  clock.advanceTo(1.9);
  assert.equal(transport.counts.refusedFrames, 0);
  clock.advanceTo(2);
  assert.match(String(await answerOf(client)), /overloaded/);
  client.write(frame("next"));
  assert.match(String(await answerOf(client)), /overloaded/);
  assert.equal(transport.counts.refusedFrames, 2);
  assert.equal(warnings.length, 1);
  intake.isHeld = false;
  intake.onRelease();
  client.write(frame("good"));
  assert.deepEqual(await answerOf(client), ACK);
  assert.deepEqual(intake.offered, ["good"]);
});

test("pauses everybody when what was read and is held grows too much, and reads on afterwards", async (t) => {
  const { intake, transport, open } = await setUp(t, { maxConnections: 1_000 });
  const clients = await Promise.all(Array.from({ length: 400 }, open));
  intake.isHeld = true;
  const body = "x".repeat(200_000);
  for (const client of clients) client.write(frame(body));
  await soon("8 MiB to be read", () => transport.counts.bytesIn > 8 * 1024 * 1024);
  for (let turns = 0; turns < 500; turns++) await turn();
  const readUntilThen = transport.counts.bytesIn;
  assert.ok(readUntilThen < 12 * 1024 * 1024, `read ${readUntilThen} bytes though nothing can be taken`);
  intake.isHeld = false;
  intake.onRelease();
  await soon("all", () => intake.offered.length === 400);
});

test("a busy client does not keep the others from being read", async (t) => {
  const { intake, open } = await setUp(t);
  const [busy, quiet] = [await open(), await open()];
  const flood = Buffer.concat(Array.from({ length: 50_000 }, () => frame("busy")));
  busy.write(flood);
  quiet.write(frame("quiet"));
  await answerOf(quiet);
  assert.ok(intake.offered.length < 50_001, "it did not have to wait for the whole flood");
  await soon("all", () => intake.offered.length === 50_001);
});

test("closes connections over the limit, and counts them", async (t) => {
  const { transport, warnings, open } = await setUp(t, { maxConnections: 1 });
  const first = await open();
  first.write(frame("a"));
  await answerOf(first);
  for (let n = 0; n < 2; n++) {
    const late = await open();
    late.resume();
    await once(late, "close");
  }
  assert.deepEqual([transport.counts.refusedConnections, warnings.length], [2, 1]);
});

test("cuts a client that lingers after its last answer", async (t) => {
  const { transport, clock, open } = await setUp(t, { maxFrame: 10 });
  const client = await open();
  client.pause();
  client.write(Buffer.from([1, 0, 0, 0]));
  await soon("the refusal", () => transport.counts.oversized === 1);
  await turn();
  clock.advanceTo(2);
  await soon("the end", () => transport.counts.open === 0);
});

test("a stop answers what is held with ok=false, closes idle connections and is quick", async (t) => {
  const { intake, transport, open } = await setUp(t);
  const [idle, held] = [await open(), await open()];
  intake.isHeld = true;
  held.write(frame("held"));
  await soon("the read", () => transport.counts.bytesIn > 0);
  idle.resume();
  const answer = answerOf(held);
  await transport.stop();
  assert.match(String(await answer), /stopping/);
  assert.equal(transport.counts.open, 0);
});

test("a port that is in use is an error that says so", async (t) => {
  const { transport, intake, clock } = await setUp(t);
  const silent = (): void => {};
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
  const options = { host: "127.0.0.1", port: transport.port, maxFrame: 1, maxConnections: 1, intake, clock, log };
  await assert.rejects(TcpTransport.listen(options), (error) => {
    assert.ok(error instanceof FastTsError);
    assert.equal(error.code, "FTS_START");
    assert.match(error.message, /in use.*--port/);
    return true;
  });
});
