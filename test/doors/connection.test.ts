import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { AddressFilter } from "../../src/doors/address-filter.ts";
import { Connection } from "../../src/doors/connection.ts";
import { Peer } from "../../src/doors/peer.ts";
import { Admission } from "../../src/ingest/admission.ts";
import { QueryLimiter } from "../../src/ingest/query-limiter.ts";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";
import { newDoorCounts, newQueryCounts } from "../../src/ingest/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { ACK } from "../../src/wire/frames.ts";
import fc from "../fast-check.ts";
import { BAD, FakeIntake, frame } from "../ingest/fake-intake.ts";
import { asking, FakeQueries } from "../ingest/fake-queries.ts";

const silent = (): void => {};
const PEER = new Peer("10.0.0.1", 5);
const BAD_BODY = String.fromCharCode(BAD);

/** A connection whose socket goes nowhere, and every write to it. */
function setUp(maxFrame = 100) {
  const intake = new FakeIntake();
  const queries = new FakeQueries();
  const clock = new VirtualClock();
  const counts = newDoorCounts();
  const queryCounts = newQueryCounts();
  const queryLimiter = new QueryLimiter(queries, new ReaderBudget(), clock, queryCounts);
  const warnings: Record<string, unknown>[] = [];
  const warn = (message: string, fields = {}): void => void warnings.push({ message, ...fields });
  const log = { debug: silent, info: silent, warn, error: silent };
  const admission = new Admission({ intake, maxFrame, maxConnections: 100, clock, log });
  const allowQueries = new AddressFilter(["10.0.0.0/24"]);
  const context = { name: "tcp", admission, queryLimiter, allowQueries, counts, maxFrame, clock };
  const writes: Buffer[] = [];
  const socket = new RecordingSocket(writes);
  const connection = new Connection(socket, PEER, context);
  // What the admission does at the end of a turn.
  const settle = (): void => connection.flushed(intake.flush());
  const read = (...pieces: Uint8Array[]): void => {
    for (const piece of pieces) {
      connection.read(Buffer.from(piece), piece.length);
      settle();
    }
  };
  return { intake, queries, clock, counts, queryCounts, context, warnings, writes, connection, socket, settle, read };
}

class RecordingSocket extends Socket {
  readonly #writes: Buffer[];

  constructor(writes: Buffer[]) {
    super();
    this.#writes = writes;
  }

  override write(bytes: unknown): boolean {
    if (Buffer.isBuffer(bytes)) this.#writes.push(Buffer.from(bytes));
    return true;
  }
}

/** What the writes say: how many acks, or the error. */
function said(writes: readonly Buffer[]): (number | string)[] {
  return writes.map((bytes) =>
    bytes.length % ACK.length === 0 && bytes.subarray(0, ACK.length).equals(ACK)
      ? bytes.length / ACK.length
      : (decodeMsg(bytes.subarray(4)).error ?? ""),
  );
}

/** What a message should be answered. */
function expected(body: string): number | string {
  for (const query of ["", "q", "r"]) if (body === asking(query)) return `re ${query}`;
  return 1;
}

test("acknowledges all messages of one read with one write, after they were offered together", () => {
  const { intake, writes, read } = setUp();
  read(Buffer.concat([frame("a"), frame("bc"), frame("")]));
  assert.deepEqual(intake.offered, ["a", "bc", ""]);
  assert.deepEqual(intake.runs, [3]);
  assert.deepEqual(said(writes), [3]);
});

test("puts a message together from any pieces, byte by byte too", () => {
  const bytes = Buffer.concat([frame("first"), frame(""), frame("x".repeat(90)), frame("last")]);
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: bytes.length });
  fc.assert(
    fc.property(cuts, (places) => {
      const { intake, counts, writes, read } = setUp();
      const at = [0, ...places.toSorted((a, b) => a - b), bytes.length];
      for (let i = 1; i < at.length; i++) read(bytes.subarray(at[i - 1], at[i]));
      assert.deepEqual(intake.offered, ["first", "", "x".repeat(90), "last"]);
      assert.equal(Buffer.concat(writes).length, 4 * ACK.length);
      assert.deepEqual([counts.frames, counts.acks], [4, 4]);
    }),
  );
  const { intake, read } = setUp();
  read(...Array.from(bytes, (byte) => Buffer.from([byte])));
  assert.equal(intake.offered.length, 4);
});

test("keeps nothing of a read: its memory may be written over", () => {
  const { intake, connection, settle } = setUp();
  const memory = Buffer.alloc(64);
  const bytes = frame("hello");
  bytes.copy(memory, 0, 0, 6);
  connection.read(memory, 6);
  memory.fill(0xee);
  bytes.copy(memory, 0, 6);
  connection.read(memory, bytes.length - 6);
  memory.fill(0xee);
  settle();
  assert.deepEqual(intake.offered, ["hello"]);
});

test("asks when what came before is offered and acknowledged, and deals with the rest after the answer", async () => {
  const { intake, queries, counts, queryCounts, writes, connection, settle, read } = setUp();
  queries.onAsk = () => assert.deepEqual([intake.offered, said(writes)], [["a", "b", asking("q", {})], [2]]);
  read(Buffer.concat([frame("a"), frame("b"), frame(asking("q", {})), frame("c"), frame("d").subarray(0, 4)]));
  assert.deepEqual([queries.asked, connection.canGoOn, counts.frames], [["q"], false, 3]);
  await queries.answer();
  assert.deepEqual([said(writes), connection.canGoOn], [[2, "re q"], true]);
  connection.unstash();
  settle();
  read(frame("d").subarray(4));
  assert.deepEqual(said(writes), [2, "re q", 1, 1]);
  assert.deepEqual(intake.offered.slice(3), ["c", "d"]);
  assert.deepEqual([queryCounts.answered, counts.acks], [1, 5]);
});

test("gives each message one answer in order, whatever the pieces, and whenever queries are answered", async () => {
  const message = fc.oneof(
    fc.constantFrom("", "a", "bcd", "x".repeat(50)),
    fc.constantFrom("", "q", "r").map((query) => asking(query)),
  );
  const messages = fc.array(message, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(messages, fc.array(fc.integer({ min: 1, max: 40 })), fc.nat(3), async (bodies, sizes, wait) => {
      const { intake, queries, writes, connection, settle, clock } = setUp();
      const bytes = Buffer.concat(bodies.map(frame));
      const memory = Buffer.alloc(bytes.length);
      for (let at = 0, n = 0; at < bytes.length || !connection.canGoOn || connection.stashedBytes > 0; n++) {
        if (!connection.canGoOn) {
          if (n % (wait + 1) === 0) await queries.answer();
        } else if (connection.stashedBytes > 0) {
          connection.unstash();
        } else {
          connection.resume();
          const size = Math.min(sizes[n % sizes.length] ?? bytes.length, bytes.length - at);
          bytes.copy(memory, 0, at, at + size);
          connection.read(memory, size);
          memory.fill(0xee);
          at += size;
        }
        settle();
      }
      assert.deepEqual(intake.offered, bodies);
      const each = said(writes).flatMap((one): (number | string)[] =>
        typeof one === "number" ? new Array<number>(one).fill(1) : [one],
      );
      assert.deepEqual(each, bodies.map(expected));
      clock.advanceTo(1);
      assert.equal(clock.timers, 0);
    }),
    { examples: [[["a", asking("q"), asking("r"), "", asking("")], [1], 3]] },
  );
});

test("a query from an address that may not ask is refused, its events are taken, and it goes on", () => {
  const { intake, queries, queryCounts, writes, context } = setUp();
  const elsewhere = new Connection(new RecordingSocket(writes), new Peer("10.0.1.1", 1), context);
  const bytes = Buffer.concat([frame(asking("q", {})), frame("b")]);
  elsewhere.read(bytes, bytes.length);
  elsewhere.flushed(intake.flush());
  assert.deepEqual(said(writes), ["queries are not taken from this address: see --tcp-queries", 1]);
  assert.deepEqual([queries.asked, intake.offered.length, queryCounts.refused], [[], 2, 1]);
});

test("a query that is refused does not keep back what is behind it", () => {
  const { queries, queryCounts, writes, read } = setUp(200_000);
  read(Buffer.concat([frame("a"), frame(asking("x".repeat(65_537))), frame("b")]));
  assert.match(String(said(writes)[1]), /65537 characters.*limit of 65536/);
  assert.deepEqual([said(writes)[0], said(writes)[2], queryCounts.refused, queries.asked], [1, 1, 1, []]);
});

test("a connection that closes while its query is under way is given no answer and keeps nothing", async () => {
  const { intake, queries, queryCounts, clock, writes, connection, read } = setUp();
  read(Buffer.concat([frame(asking("q")), frame("behind")]));
  connection.close();
  assert.deepEqual([connection.stashedBytes, clock.timers], [0, 0]);
  await queries.answer();
  connection.unstash();
  assert.deepEqual([writes, intake.offered.length, connection.isClosed], [[], 1, true]);
  assert.deepEqual(queryCounts, { answered: 0, refused: 0, timeout: 0, abandoned: 1 });
});

test("offers and acknowledges what stands before a malformed message, then answers it and closes", () => {
  const { intake, counts, writes, connection, read } = setUp();
  read(Buffer.concat([frame("a"), frame(BAD_BODY), frame("b")]));
  assert.deepEqual(intake.offered, ["a"]);
  assert.deepEqual(said(writes), [1, "message is not Riemann protobuf: bad byte at byte 0"]);
  assert.equal(connection.isClosed, true);
  assert.equal(counts.decodeErrors, 1);
});

test("refuses a message over the limit as soon as its header is there, also when that comes in pieces", () => {
  for (const pieces of [[4], [1, 1, 1, 1], [2, 2]]) {
    const { intake, counts, writes, connection, read } = setUp(100);
    read(frame("a"));
    const header = Buffer.from([0, 0, 0, 101]);
    let at = 0;
    for (const size of pieces) {
      read(header.subarray(at, at + size));
      at += size;
    }
    assert.equal(connection.isClosed, true);
    assert.match(String(said(writes).at(-1)), /101 bytes.*limit of 100/);
    assert.deepEqual([counts.oversized, intake.offered], [1, ["a"]]);
  }
  const { intake, read } = setUp(100);
  read(frame("x".repeat(100)));
  assert.equal(intake.offered.length, 1, "the limit itself is allowed");
});

test("is choked when the client leaves too much unread", () => {
  const { connection, socket, read } = setUp();
  read(frame("a"));
  assert.equal(connection.canGoOn, true);
  Object.defineProperty(socket, "writableLength", { value: 1024 * 1024 });
  read(frame("b"));
  assert.equal(connection.canGoOn, false);
});

test("a client that is slow again and again leaves nothing behind each time, and is cut when it is too slow once", () => {
  const { clock, connection, socket, read } = setUp();
  let unread = 0;
  Object.defineProperty(socket, "writableLength", { get: () => unread });
  const listeners = (): number => socket.listenerCount("close") + socket.listenerCount("drain");
  const before = listeners();
  for (let time = 0; time < 3; time++) {
    unread = 1024 * 1024;
    read(frame("a"));
    assert.equal(connection.canGoOn, false);
    clock.advanceTo(clock.now() + 59);
    unread = 0;
    socket.emit("drain");
    assert.equal(connection.canGoOn, true);
    assert.equal(listeners(), before);
  }
  assert.equal(socket.destroyed, false);
  unread = 1024 * 1024;
  read(frame("a"));
  clock.advanceTo(clock.now() + 60);
  assert.equal(socket.destroyed, true);
});

test("what was stashed is dealt with later, as if it had come in one read", () => {
  const { intake, writes, connection, settle } = setUp();
  const [head, tail] = [Buffer.concat([frame("a"), frame("bcd").subarray(0, 5)]), frame("bcd").subarray(5)];
  connection.stash(head, 0, head.length);
  connection.stash(tail, 0, tail.length);
  assert.deepEqual([connection.stashedBytes, intake.offered], [head.length + tail.length, []]);
  connection.unstash();
  settle();
  assert.deepEqual(intake.offered, ["a", "bcd"]);
  assert.deepEqual(said(writes), [2]);
  assert.equal(connection.stashedBytes, 0);
});

for (const how of ["stash", "read"] as const)
  test(`no fresh memory each time for what was ${how} in parts`, (t) => {
    const { intake, connection, settle } = setUp(90_000);
    const { mock } = t.mock.method(Buffer, "allocUnsafeSlow");
    const bodies = Array.from({ length: 9 }, (_, n) => String(n).repeat(70_000 + n));
    const counts = bodies.map((body) => {
      const bytes = frame(body);
      for (let at = 0; at < bytes.length; at += 30_000) {
        const part = bytes.subarray(at, at + 30_000);
        if (how === "read") connection.read(part, part.length);
        else connection.stash(part, 0, part.length);
      }
      connection.unstash();
      settle();
      return mock.callCount();
    });
    assert.deepEqual(intake.offered, bodies);
    assert.deepEqual(new Set(counts), new Set([3]), "three sizes, all for the first");
  });

test("refuses each message with the reason while senders are turned away", () => {
  const { intake, context, counts, writes, read } = setUp();
  context.admission.refusal = "busy";
  read(Buffer.concat([frame("a"), frame("b")]));
  context.admission.refusal = null;
  read(frame("c"));
  assert.deepEqual(said(writes), ["busy", "busy", 1]);
  assert.deepEqual([intake.offered, counts.refusedFrames], [["c"], 2]);
});

test("an unfinished frame that takes too much room with the others is refused and closed, and what still comes is lost", () => {
  const { context, connection, writes, warnings, counts, intake, read } = setUp(100_000);
  const { partialFrames } = context.admission;
  const other = { canGoOn: true, refusePartial: () => assert.fail("it has come on since") };
  const large = frame("x".repeat(90_000));
  read(Buffer.concat([frame("a"), large.subarray(0, 40_000)]));
  partialFrames.grown(other, 64 * 1024 * 1024);
  const reason = "unfinished messages take more than 67108864 bytes: send smaller batches";
  assert.deepEqual([said(writes), connection.isClosed], [[1, reason], true]);
  read(large.subarray(40_000));
  assert.deepEqual([intake.offered, counts.refusedFrames], [["a"], 1]);
  assert.deepEqual(warnings, [{ message: "message refused", door: "tcp", peer: "10.0.0.1:5", reason }]);
});

test("books what came of a frame, and nothing for one that is whole", () => {
  const { context, clock, counts, writes, read } = setUp(100_000);
  const sizes: number[] = [];
  const { partialFrames } = context.admission;
  const grown = partialFrames.grown.bind(partialFrames);
  partialFrames.grown = (holder, bytes) => {
    sizes.push(bytes);
    grown(holder, bytes);
  };
  const large = frame("x".repeat(90_000));
  read(large.subarray(0, 3), large.subarray(3, 5), large.subarray(5, 50_000), large.subarray(50_000));
  assert.deepEqual(sizes, [3, 5, 50_000]);
  clock.advanceTo(100);
  assert.deepEqual([said(writes), counts.unfinished], [[1], 0]);
});

test("a frame that is not finished is answered why and closed, with the peer in the log", () => {
  const { clock, connection, counts, writes, warnings, read } = setUp();
  read(Buffer.concat([frame("a"), frame("bcd").subarray(0, 5)]));
  clock.advanceTo(11);
  const reason = "no byte of an unfinished message came for 10 s: send messages whole";
  assert.deepEqual([said(writes), connection.isClosed, counts.unfinished], [[1, reason], true, 1]);
  assert.deepEqual(warnings, [{ message: "unfinished message", door: "tcp", peer: "10.0.0.1:5", reason }]);
});

test("another protocol is recognized, and each refusal leaves the peer's address in the log", () => {
  for (const [begin, protocol] of [
    ["GET / HTTP/1.1\r\n\r\n", "HTTP"],
    ["\x16\x03\x01\x02\x00\x01\x00", "TLS"],
  ] as const)
    for (const whole of [true, false]) {
      const { connection, writes, warnings, read } = setUp();
      const bytes = Buffer.from(begin, "latin1");
      if (whole) read(bytes);
      else read(...Array.from(bytes, (byte) => Buffer.from([byte])));
      assert.equal(connection.isClosed, true);
      assert.match(String(said(writes)), new RegExp(`is longer than the limit of 100: this looks like ${protocol}`));
      const [line] = warnings;
      assert.deepEqual([warnings.length, line?.message, line?.peer], [1, "message too long", "10.0.0.1:5"]);
    }
  const { context, warnings, read } = setUp();
  context.admission.refusal = "busy";
  read(frame("a"), frame("b"));
  context.admission.refusal = null;
  read(frame(BAD_BODY));
  assert.deepEqual(
    warnings.map(({ message, peer }) => [message, peer]),
    [
      ["message refused", "10.0.0.1:5"],
      ["malformed message", "10.0.0.1:5"],
    ],
  );
});

test("an answer waits for the ticket of its message, and those behind it wait for it", async () => {
  const { intake, queries, writes, read, connection, socket } = setUp();
  intake.isSlow = true;
  read(frame("a"), frame("b"));
  read(frame(asking("q")));
  await queries.answer();
  read(frame(BAD_BODY));
  assert.deepEqual([writes, connection.isClosed, socket.writableEnded], [[], true, false]);
  intake.confirm(2);
  assert.deepEqual(said(writes), [1, 1]);
  intake.confirm();
  assert.deepEqual(said(writes), [1, 1, "re q", "message is not Riemann protobuf: bad byte at byte 0"]);
  assert.equal(socket.writableEnded, true);
});

test("messages that were not taken in after all are refused one by one, in their order, and no others", async () => {
  const { intake, writes, read, connection, counts } = setUp();
  intake.isSlow = true;
  read(frame("a"));
  read(Buffer.concat([frame("b"), frame("c")]));
  read(frame("d"));
  intake.confirm(1);
  intake.failure = { after: 1, reason: "journal: no space" };
  intake.confirm(2);
  intake.failure = null;
  intake.confirm();
  assert.deepEqual(said(writes), [1, "journal: no space", "journal: no space", 1]);
  assert.deepEqual([counts.refusedFrames, counts.acks, connection.isClosed], [2, 4, false]);
});
