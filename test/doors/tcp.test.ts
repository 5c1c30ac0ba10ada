import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { FastTsError } from "../../src/errors.ts";
import { ACK } from "../../src/wire/frames.ts";
import { frame } from "../ingest/fake-intake.ts";
import { openDoor, soon, turns } from "./open-door.ts";

async function answerOf(client: Socket): Promise<Buffer> {
  const [bytes] = await once(client, "data");
  return bytes;
}

test("acknowledges over a real socket, the next message too", async (t) => {
  const { intake, door, open } = await openDoor(t);
  const client = await open();
  for (const body of ["one", "two"]) {
    client.write(frame(body));
    assert.deepEqual(await answerOf(client), ACK);
  }
  assert.deepEqual(intake.offered, ["one", "two"]);
  const { open: isOpen, connections, frames, bytesIn, acks } = door.report;
  assert.deepEqual([isOpen, connections, frames, bytesIn, acks], [1, 1, 2, 14, 2]);
});

test("holds back what comes while nothing can be taken, and answers it at the release", async (t) => {
  const { intake, open } = await openDoor(t);
  const [a, b] = [await open(), await open()];
  intake.isHeld = true;
  a.write(frame("a"));
  b.write(frame("b"));
  const answers = Promise.all([answerOf(a), answerOf(b)]);
  await turns();
  assert.deepEqual(intake.offered, []);
  intake.release();
  assert.deepEqual(await answers, [ACK, ACK]);
  assert.deepEqual(intake.offered.toSorted(), ["a", "b"]);
});

test("refuses after two seconds of holding, says so once, and takes again after the release", async (t) => {
  const { intake, door, clock, warnings, open } = await openDoor(t);
  const client = await open();
  intake.isHeld = true;
  client.write(frame("held"));
  await soon("the read", () => door.report.bytesIn === 8);
  clock.advanceTo(1.9);
  assert.equal(door.report.refusedFrames, 0);
  clock.advanceTo(2);
  assert.match(String(await answerOf(client)), /overloaded/);
  client.write(frame("next"));
  assert.match(String(await answerOf(client)), /overloaded/);
  assert.equal(door.report.refusedFrames, 2);
  const busy = "pipelines were busy for too long, senders are refused until they have caught up";
  assert.deepEqual(warnings, [busy, "message refused"]);
  intake.release();
  client.write(frame("good"));
  assert.deepEqual(await answerOf(client), ACK);
  assert.deepEqual(intake.offered, ["good"]);
});

test("pauses everybody when what was read and is held grows too much, and reads on afterwards", async (t) => {
  const { intake, door, open } = await openDoor(t, { maxConnections: 1_000 });
  const clients = await Promise.all(Array.from({ length: 400 }, open));
  intake.isHeld = true;
  const body = "x".repeat(100_000);
  for (const client of clients) client.write(frame(body));
  await soon("8 MiB to be read", () => door.report.bytesIn > 8 * 1024 * 1024);
  await turns(500);
  const readUntilThen = door.report.bytesIn;
  assert.ok(readUntilThen < 12 * 1024 * 1024, `read ${readUntilThen} bytes though nothing can be taken`);
  intake.release();
  await soon("all", () => intake.offered.length === 400);
});

test("a busy client does not keep the others from being read", async (t) => {
  const { intake, open } = await openDoor(t);
  const [busy, quiet] = [await open(), await open()];
  const flood = Buffer.concat(Array.from({ length: 50_000 }, () => frame("busy")));
  busy.write(flood);
  quiet.write(frame("quiet"));
  await answerOf(quiet);
  assert.ok(intake.offered.length < 50_001, "it did not have to wait for the whole flood");
  await soon("all", () => intake.offered.length === 50_001);
});

test("closes connections over the limit, and counts them", async (t) => {
  const { door, warnings, open } = await openDoor(t, { maxConnections: 1 });
  const first = await open();
  first.write(frame("a"));
  await answerOf(first);
  for (let n = 0; n < 2; n++) {
    const late = await open();
    late.resume();
    await once(late, "close");
  }
  assert.deepEqual([door.report.refusedConnections, warnings.length], [2, 1]);
});

test("cuts a client that lingers after its last answer", async (t) => {
  const { door, clock, open } = await openDoor(t, { maxFrame: 10 });
  const client = await open();
  client.pause();
  client.write(Buffer.from([1, 0, 0, 0]));
  await soon("the refusal", () => door.report.oversized === 1);
  await turn();
  clock.advanceTo(2);
  await soon("the end", () => door.report.open === 0);
});

test("a stop answers what is held with ok=false, closes idle connections and is quick", async (t) => {
  const { intake, door, stop, open } = await openDoor(t);
  const [idle, held] = [await open(), await open()];
  intake.isHeld = true;
  held.write(frame("held"));
  await soon("the read", () => door.report.bytesIn > 0);
  idle.resume();
  const answer = answerOf(held);
  await stop();
  assert.match(String(await answer), /stopping/);
  assert.equal(door.report.open, 0);
});

test("a port that is in use is an error that says so", async (t) => {
  const { door } = await openDoor(t);
  await assert.rejects(openDoor(t, { port: door.port }), (error) => {
    assert.ok(error instanceof FastTsError);
    assert.equal(error.code, "FTS_START");
    assert.match(error.message, /^cannot listen on 127\.0\.0\.1:\d+ \(TCP\): the port is in use; .* with --port$/);
    return true;
  });
});

test("messages are acknowledged only when the intake says that they are in", async (t) => {
  const { intake, open } = await openDoor(t);
  intake.isSlow = true;
  const [a, b] = [await open(), await open()];
  const answers: string[] = [];
  a.on("data", (bytes) => answers.push(`a ${bytes.length / ACK.length}`));
  b.on("data", (bytes) => answers.push(`b ${bytes.length / ACK.length}`));
  a.write(Buffer.concat([frame("1"), frame("2")]));
  await soon("the first to be offered", () => intake.offered.length === 2);
  b.write(frame("3"));
  await soon("the second to be offered", () => intake.offered.length === 3);
  await turns();
  assert.deepEqual(answers, []);
  intake.confirm(1);
  await soon("an answer", () => answers.length === 1);
  intake.confirm(2);
  await soon("the other answer", () => answers.length === 2);
  assert.deepEqual(answers, ["a 2", "b 1"]);
});

test("a client that has ended its side is acknowledged what is in later, and the connection is closed then", async (t) => {
  const { intake, door, clock, open } = await openDoor(t);
  intake.isSlow = true;
  const client = await open();
  const answers: Buffer[] = [];
  client.on("data", (bytes) => answers.push(bytes));
  client.end(Buffer.concat([frame("1"), frame("2"), frame("3").subarray(0, 4)]));
  await soon("the messages to be offered", () => intake.offered.length === 2);
  await turns();
  clock.advanceTo(clock.now() + 60);
  await turns();
  assert.deepEqual([answers.length, door.report.open], [0, 1]);
  intake.confirm();
  await once(client, "close");
  assert.deepEqual(Buffer.concat(answers), Buffer.concat([ACK, ACK]));
  await soon("the end", () => door.report.open === 0);
});
