import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { type TestContext, test } from "node:test";
import { AddressFilter, ALL_NETWORKS } from "../../src/doors/address-filter.ts";
import { UdpDoor } from "../../src/doors/udp.ts";
import { FastTsError } from "../../src/errors.ts";
import { Admission } from "../../src/ingest/admission.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { FakeIntake } from "../ingest/fake-intake.ts";
import { asking } from "../ingest/fake-queries.ts";
import { soon, turns } from "./open-door.ts";

interface Limits {
  readonly port?: number;
  readonly maxFrame?: number;
  readonly bufferBytes?: number;
  readonly allow?: readonly string[];
}

async function openUdp(t: TestContext, limits: Limits = {}) {
  const { port = 0, maxFrame = 100_000, bufferBytes = 65_536, allow = ALL_NETWORKS } = limits;
  const intake = new FakeIntake();
  const clock = new VirtualClock();
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, fields = {}): void => void lines.push({ message, ...fields });
  const log = { debug: note, info: note, warn: note, error: note };
  const admission = new Admission({ intake, maxFrame, maxConnections: 1, clock, log });
  const options = { host: "127.0.0.1", port, maxFrame, bufferBytes, allow: new AddressFilter(allow) };
  const door = await UdpDoor.listen({ ...options, admission, clock, log });
  t.after(() => door.stop());
  const client: Socket = createSocket("udp4");
  t.after(() => client.close());
  let answers = 0;
  client.on("message", () => answers++);
  const send = async (body: string): Promise<void> => {
    client.send(Buffer.from(body, "latin1"), door.port, "127.0.0.1");
    const before = door.report.frames;
    await soon("the datagram", () => door.report.frames > before);
  };
  return { door, intake, clock, lines, admission, send, client, answers: () => answers };
}

test("each datagram is one message, taken at the end of the turn and never answered", async (t) => {
  const { door, intake, send, answers } = await openUdp(t);
  for (const body of ["one", "", "x".repeat(60_000)]) await send(body);
  await soon("all", () => intake.offered.length === 3);
  assert.deepEqual(intake.offered, ["one", "", "x".repeat(60_000)]);
  const { name, frames, bytesIn, acks, connections } = door.report;
  assert.deepEqual([name, frames, bytesIn, acks, connections], ["udp", 3, 60_003, 0, 0]);
  await turns();
  assert.equal(answers(), 0);
});

test("the events of a message with a query are taken, and nothing is asked", async (t) => {
  const { intake, send, answers } = await openUdp(t);
  await send(asking("true", {}));
  await soon("it", () => intake.offered.length === 1);
  await turns();
  assert.equal(answers(), 0);
});

test("nobody waits: while nothing can be taken datagrams are dropped, counted, and told once", async (t) => {
  const { door, intake, lines, admission, send, client } = await openUdp(t);
  intake.isHeld = true;
  for (const body of ["a", "b"]) await send(body);
  intake.release();
  await send("c");
  admission.refusal = "overloaded";
  await send("d");
  await turns();
  assert.deepEqual([intake.offered, door.report.dropped], [["c"], 3]);
  const peer = `127.0.0.1:${client.address().port}`;
  const reason = "the pipelines cannot keep up, and UDP does not wait";
  assert.deepEqual(lines, [{ message: "datagrams dropped", door: "udp", peer, reason }]);
});

test("what is no message, is too long, or comes from an address that may not send, is counted and told", async (t) => {
  const { door, intake, lines, send } = await openUdp(t, { maxFrame: 10 });
  await send("\xff");
  await send("x".repeat(11));
  await send("x".repeat(10));
  await soon("the one that is right", () => intake.offered.length === 1);
  assert.deepEqual([door.report.decodeErrors, door.report.oversized], [1, 1]);
  assert.deepEqual(
    lines.map(({ message, reason }) => [message, reason]),
    [
      ["malformed message", "message is not Riemann protobuf: bad byte at byte 0"],
      ["message too long", "datagram of 11 bytes is longer than the limit of 10: raise max-frame"],
    ],
  );
  const elsewhere = await openUdp(t, { allow: ["10.0.0.0/8"] });
  await elsewhere.send("a");
  await turns();
  assert.deepEqual([elsewhere.intake.offered, elsewhere.door.report.denied], [[], 1]);
  assert.equal(elsewhere.lines[0]?.message, "address not allowed");
});

test("after a stop of the admission datagrams are dropped without a word", async (t) => {
  const { door, intake, lines, admission, send } = await openUdp(t);
  admission.stop("stopping");
  await send("a");
  assert.deepEqual([intake.offered, door.report.dropped, lines], [[], 1, []]);
});

test("a port that is in use is an error that says how to do without", async (t) => {
  const { door } = await openUdp(t);
  await assert.rejects(openUdp(t, { port: door.port }), (error) => {
    assert.ok(error instanceof FastTsError);
    assert.match(
      error.message,
      /^cannot listen on 127\.0\.0\.1:\d+ \(UDP\): the port is in use; .* --udp-port, or none with --udp-port off$/,
    );
    return true;
  });
});

test("says once when the kernel grants a smaller buffer than asked", {
  skip: process.platform !== "linux",
}, async (t) => {
  const small = await openUdp(t, { bufferBytes: 32_768 });
  assert.deepEqual(small.lines, []);
  const huge = await openUdp(t, { bufferBytes: 2 ** 30 });
  const [{ message, asked, granted } = {}] = huge.lines;
  assert.deepEqual([huge.lines.length, message], [1, "the kernel grants a smaller UDP buffer than asked"]);
  assert.ok(asked === 2 ** 30 && typeof granted === "number" && granted < asked);
});

test("what the kernel drops is counted and told", { skip: process.platform !== "linux" }, async (t) => {
  const { door, clock, lines, send, client } = await openUdp(t, { bufferBytes: 4_096 });
  // Sent in one turn: nobody reads meanwhile.
  for (let n = 0; n < 200; n++) client.send(Buffer.alloc(1_000), door.port, "127.0.0.1");
  await soon("some", () => door.report.frames > 0);
  await send("");
  clock.advanceTo(1);
  await soon("the count", () => door.report.kernelDropped > 0);
  assert.ok(lines.some(({ message }) => message === "datagrams dropped by the kernel"));
});
