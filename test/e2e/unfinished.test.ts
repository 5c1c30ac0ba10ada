import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { encodeFrame } from "../../src/wire/codec.ts";
import { Client } from "./client.ts";
import { COUNTING, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";

const ROUTES = { "_count.ts": COUNTING, "good.ts": countingRoute("good") };

test("thousands of connections that begin a message and stall keep nobody out, and are closed with a word in the log", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", "1"]);
  const stalling: Socket[] = [];
  t.after(() => {
    for (const socket of stalling) socket.destroy();
  });
  // With 16 KiB booked for each, as it was, they would fill 64 MiB.
  for (let wave = 0; wave < 42; wave++) await Promise.all(Array.from({ length: 100 }, begin));

  /** Connects, sends the beginning of a message and no more. */
  async function begin(): Promise<void> {
    const socket = connect(daemon.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    stalling.push(socket);
    await once(socket, "connect");
    socket.write(Buffer.from([0, 0xff, 0, 0, 0x32]));
  }

  const events = Array.from({ length: 3_000 }, (_, n) => ({ service: `service ${n}`, description: "x".repeat(60) }));
  const honest = await Client.open(daemon.port);
  t.after(() => honest.close());
  for (let n = 1; n <= 10; n++) {
    honest.write(encodeFrame({ events }));
    await daemon.until("the answer", () => honest.answers.length === n);
  }
  assert.ok(honest.answers.every(({ ok }) => ok === true));
  await daemon.until("the others to be closed", () => stalling.every((socket) => socket.closed));
  assert.equal(honest.isClosed, false);
  const [line] = daemon.linesOf("unfinished message");
  assert.match(String(line?.peer), /^127\.0\.0\.1:\d+$/);
  assert.match(String(line?.reason), /no byte of an unfinished message came for 10 s/);
});

test("--max-frame above 64 MiB takes such messages", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", "1", "--max-frame", "209715200"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  client.write(encodeFrame({ events: [{ service: "long", description: "x".repeat(80 * 1024 * 1024) }] }));
  await daemon.until("the answer", () => client.answers.length === 1);
  assert.equal(client.answers[0]?.ok, true, client.answers[0]?.error);
});
