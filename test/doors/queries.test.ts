import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { decodeMsg } from "../../src/wire/codec.ts";
import { ACK, frameLength, HEADER } from "../../src/wire/frames.ts";
import { BAD, frame } from "../ingest/fake-intake.ts";
import { answerTo, asking } from "../ingest/fake-queries.ts";
import { openDoor, soon, turns } from "./open-door.ts";

const QUERY = frame(asking("q"));
/** Bytes of an answer that does not fit into both ends' socket buffers. */
const MORE_THAN_BUFFERED = 32 * 1024 * 1024;

/** Collects what the client is answered, as it comes: `ok`, or the error. */
function answersOf(client: Socket): string[] {
  const answers: string[] = [];
  let rest = Buffer.alloc(0);
  client.on("data", (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let at = 0;
    while (rest.length - at >= HEADER && rest.length - at - HEADER >= frameLength(rest, at)) {
      const end = at + HEADER + frameLength(rest, at);
      const { ok, error } = decodeMsg(rest.subarray(at + HEADER, end));
      answers.push(ok === true ? "ok" : (error ?? ""));
      at = end;
    }
    rest = rest.subarray(at);
  });
  return answers;
}

test("reads nothing more from a client whose query is under way, and all of it afterwards", async (t) => {
  const { door, intake, queries, open } = await openDoor(t);
  const client = await open();
  const answers = answersOf(client);
  client.write(Buffer.concat([frame("a"), QUERY, frame("b")]));
  await soon("the query", () => queries.asked.length === 1);
  const large = frame("x".repeat(900_000));
  client.write(large);
  await turns();
  assert.ok(door.report.bytesIn <= 256 * 1024, `${door.report.bytesIn} bytes were read`);
  assert.deepEqual([intake.offered, answers], [["a", asking("q")], ["ok"]]);
  await queries.answer();
  await soon("all answers", () => answers.length === 4);
  assert.deepEqual([answers, intake.offered.length], [["ok", "re q", "ok", "ok"], 4]);
});

test("a client that waits for an answer does not hold up the others", async (t) => {
  const { queries, open } = await openDoor(t);
  const [one, other] = [await open(), await open()];
  one.write(QUERY);
  await soon("the query", () => queries.asked.length === 1);
  const answers = answersOf(other);
  other.write(frame("a"));
  await soon("the ack", () => answers.length === 1);
  other.write(QUERY);
  await soon("the other query", () => queries.asked.length === 2);
});

test("thousands of messages of several clients with queries in between are answered in order", async (t) => {
  const { door, intake, queries, open, queryLimiter } = await openDoor(t);
  queries.onAsk = () => void (queries.asked.length % 3 === 0 ? setImmediate(() => queries.answer()) : queries.answer());
  const clients = await Promise.all([1, 2, 3].map(open));
  const all = clients.map((client, c) => {
    const bodies = Array.from({ length: 1_000 }, (_, n) => (n % 7 === c ? asking(`${c}.${n}`) : `event ${c}.${n}`));
    return { client, answers: answersOf(client), bodies };
  });
  for (const { client, bodies } of all) client.write(Buffer.concat(bodies.map(frame)));
  await soon("all answers", () => all.every(({ answers }) => answers.length === 1_000));
  for (const [c, { answers, bodies }] of all.entries()) {
    assert.deepEqual(
      answers,
      Array.from(bodies, (_, n) => (n % 7 === c ? `re ${c}.${n}` : "ok")),
    );
    assert.deepEqual(
      intake.offered.filter((body) => bodies.includes(body)),
      bodies,
    );
  }
  assert.deepEqual([queryLimiter.counts.answered, door.report.acks], [429, 3_000]);
});

test("a client that has ended its side after the query still gets its answer", async (t) => {
  const { door, queries, open } = await openDoor(t);
  const client = await open();
  const answers = answersOf(client);
  client.end(Buffer.concat([frame("a"), QUERY, frame("b")]));
  await soon("the query", () => queries.asked.length === 1);
  await turns();
  await queries.answer();
  await once(client, "close");
  assert.deepEqual(answers, ["ok", "re q", "ok"]);
  await soon("the end", () => door.report.open === 0);
});

test("a client that resets the connection before the answer is forgotten, and nothing breaks", async (t) => {
  const { door, clock, queries, open } = await openDoor(t);
  const [client, other] = [await open(), await open()];
  client.write(Buffer.concat([QUERY, QUERY, frame("a")]));
  await soon("the query", () => queries.asked.length === 1);
  client.resetAndDestroy();
  await turns();
  for (let n = 0; door.report.open === 2; n++) {
    if (queries.asked.length > n) await queries.answer();
    await turns(10);
  }
  const answers = answersOf(other);
  other.write(QUERY);
  const before = queries.asked.length;
  await soon("the next query", () => queries.asked.length > before);
  while (answers.length === 0) {
    await queries.answer();
    await turns(10);
  }
  assert.deepEqual([answers, clock.timers], [["re q"], 0]);
});

test("after four seconds the query is answered why, those behind it too, events are taken and a late answer is not sent", async (t) => {
  const { intake, clock, queries, open, queryLimiter } = await openDoor(t);
  const client = await open();
  const answers = answersOf(client);
  client.write(Buffer.concat([QUERY, frame("a"), QUERY, frame("b")]));
  await soon("the query", () => queries.asked.length === 1);
  clock.advanceTo(4);
  await soon("all answers", () => answers.length === 4);
  assert.match(answers.join("; "), /^the query took longer than 4 s.*; ok; a query before this one took.*; ok$/);
  await queries.answer();
  client.write(QUERY);
  await soon("the next query", () => queries.asked.length === 2);
  await queries.answer();
  await soon("its answer", () => answers.length === 5);
  assert.equal(answers[4], "re q");
  assert.deepEqual(queryLimiter.counts, { answered: 1, refused: 1, timeout: 1, abandoned: 0 });
  assert.deepEqual([intake.offered.length, clock.timers], [5, 0]);
});

test("with 100 clients waiting the next is refused at once, its events are taken, and later it is its turn", async (t) => {
  const { intake, queries, open, queryLimiter } = await openDoor(t, { maxConnections: 200 });
  const waiting = await Promise.all(Array.from({ length: 100 }, open));
  for (const client of waiting) client.write(QUERY);
  await soon("100 queries", () => queries.asked.length === 100);
  const late = await open();
  const answers = answersOf(late);
  const body = asking("late", { host: "h" });
  late.write(Buffer.concat([frame(body), frame("a")]));
  await soon("the answers", () => answers.length === 2);
  assert.deepEqual(answers, ["100 clients are waiting for answers to queries: try again later", "ok"]);
  assert.deepEqual([intake.offered.slice(-2), queryLimiter.counts.refused], [[body, "a"], 1]);
  await queries.answer();
  await turns();
  late.write(frame(body));
  await soon("the late one's query", () => queries.asked.at(-1) === "late");
});

test("nothing is asked while nothing can be taken: first its events are offered", async (t) => {
  const { door, intake, queries, open } = await openDoor(t);
  const client = await open();
  const answers = answersOf(client);
  intake.isHeld = true;
  client.write(Buffer.concat([frame("a"), QUERY]));
  await soon("the read", () => door.report.bytesIn > 0);
  await turns();
  assert.deepEqual(queries.asked, []);
  queries.onAsk = () => assert.deepEqual(intake.offered, ["a", asking("q")]);
  intake.release();
  await soon("the query", () => queries.asked.length === 1);
  await queries.answer();
  await soon("the answers", () => answers.length === 2);
  assert.deepEqual(answers, ["ok", "re q"]);
});

test("what is behind a query waits when nothing can be taken, and is refused with the others, queries too", async (t) => {
  const { door, intake, clock, queries, warnings, open } = await openDoor(t);
  const [client, other] = [await open(), await open()];
  const [answers, others] = [answersOf(client), answersOf(other)];
  client.write(Buffer.concat([QUERY, frame("a"), QUERY]));
  await soon("the query", () => queries.asked.length === 1);
  intake.isHeld = true;
  await queries.answer();
  await soon("the answer", () => answers.length === 1);
  other.write(frame("b"));
  await turns();
  assert.deepEqual([answers, intake.offered.length], [["re q"], 1]);
  clock.advanceTo(2);
  await soon("the refusals", () => answers.length === 3 && others.length === 1);
  for (const answer of [...answers.slice(1), ...others]) assert.match(answer, /^overloaded/);
  assert.deepEqual([queries.asked.length, warnings.length, door.report.refusedFrames], [1, 2, 3]);
  intake.release();
  client.write(QUERY);
  await soon("the next query", () => queries.asked.length === 2);
});

test("a client that does not read its answers is asked for nothing more until it does", async (t) => {
  const { intake, queries, open } = await openDoor(t);
  const client = await open();
  client.pause();
  client.write(Buffer.concat([QUERY, QUERY, frame("a")]));
  await soon("the query", () => queries.asked.length === 1);
  await queries.answer(Buffer.alloc(MORE_THAN_BUFFERED));
  await turns();
  assert.deepEqual([queries.asked.length, intake.offered.length], [1, 1]);
  let received = 0;
  client.on("data", (bytes) => {
    received += bytes.length;
  });
  client.resume();
  await soon("the next query", () => queries.asked.length === 2);
  await queries.answer();
  await soon("all answers", () => received === MORE_THAN_BUFFERED + answerTo("q").length + ACK.length);
});

test("a client that never reads its answer is cut off after a minute, and makes room for another's query", async (t) => {
  const { door, clock, queries, open } = await openDoor(t, { maxConnections: 200 });
  const client = await open();
  client.pause();
  client.write(Buffer.concat([QUERY, QUERY]));
  await soon("the query", () => queries.asked.length === 1);
  await queries.answer(Buffer.alloc(MORE_THAN_BUFFERED));
  await turns();
  clock.advanceTo(60);
  await soon("the end", () => door.report.open === 0);
  assert.deepEqual([queries.asked.length, clock.timers], [1, 0]);
  const others = await Promise.all(Array.from({ length: 100 }, open));
  for (const other of others) other.write(QUERY);
  await soon("100 more queries", () => queries.asked.length === 101);
});

test("a malformed message behind a query is answered in its turn, and the client cut off when it stays", async (t) => {
  const { door, clock, queries, open } = await openDoor(t);
  const client = await open();
  client.write(Buffer.concat([QUERY, frame("a"), frame(String.fromCharCode(BAD)), QUERY]));
  await soon("the query", () => queries.asked.length === 1);
  assert.equal(door.report.decodeErrors, 0);
  const answers = answersOf(client);
  await queries.answer();
  await soon("the answers", () => answers.length === 3);
  assert.match(answers.join("; "), /^re q; ok; message is not Riemann protobuf/);
  assert.equal(clock.nextDue, 2);
  clock.advanceTo(2);
  await soon("the end", () => door.report.open === 0);
  assert.equal(queries.asked.length, 1);
});

test("a stop refuses the query that is under way and what was read behind it, at once", async (t) => {
  const { door, intake, clock, queries, open, queryLimiter, stop } = await openDoor(t);
  const [client, ended] = [await open(), await open()];
  const [answers, others] = [answersOf(client), answersOf(ended)];
  client.write(Buffer.concat([frame("a"), QUERY, frame("b"), QUERY]));
  ended.end(QUERY);
  await soon("the queries", () => queries.asked.length === 2);
  await stop();
  await soon("the answers", () => answers.length === 4 && others.length === 1);
  assert.deepEqual([answers, others], [["ok", ...stopping(3)], stopping(1)]);
  assert.deepEqual([queryLimiter.counts.refused, door.report.refusedFrames], [2, 2]);
  await queries.answer();
  await queries.answer();
  assert.deepEqual([door.report.open, clock.timers], [0, 0]);
  assert.equal(intake.offered.includes("b"), false);
});

function stopping(count: number): string[] {
  return new Array<string>(count).fill("fast-ts is stopping");
}

test("the answer to a query is not in one piece with the acks before and behind it", async (t) => {
  const { queries, open } = await openDoor(t);
  const client = await open();
  const answers = answersOf(client);
  const pieces: Buffer[] = [];
  client.on("data", (bytes) => pieces.push(bytes));
  client.write(Buffer.concat([frame("a"), QUERY, frame("b")]));
  await soon("the ack", () => pieces.length === 1);
  await queries.answer();
  await soon("the rest", () => answers.length === 3);
  assert.deepEqual([pieces[0], pieces.at(-1)], [ACK, ACK]);
});
