import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { partitionOf } from "../../src/core/spread.ts";
import { JournalIntake } from "../../src/host/journal-intake.ts";
import { ringMemory } from "../../src/host/ring.ts";
import { RingIntake } from "../../src/host/ring-intake.ts";
import { RingReader } from "../../src/host/ring-reader.ts";
import { RingWriter } from "../../src/host/ring-writer.ts";
import type { Entry } from "../../src/state/entry.ts";
import { recordOf } from "../../src/state/journal-record.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";

/** A journal whose writes end when they are told to, and the ring behind it. */
function setUp(isStrict = true) {
  const clock = new VirtualClock();
  const ring = new RingWriter(ringMemory(1), 100);
  const writes: { readonly entries: readonly Entry[]; readonly end: (error?: Error) => void }[] = [];
  const lost: (readonly [events: number, position: number])[] = [];
  let relieved = 0;
  const intake = new JournalIntake({
    ...{ ring, clock, inner: new RingIntake(ring, () => {}) },
    journal: {
      isStrict,
      position: 100,
      moment: () => ({ now: clock.now(), elapsed: clock.elapsed() }),
      append: (entries) =>
        new Promise((resolve, reject) => {
          writes.push({ entries, end: (error) => (error === undefined ? resolve() : reject(error)) });
        }),
      appendNow: () => false,
      lost: (events, position) => void lost.push([events, position]),
    },
    relieved: () => void relieved++,
  });
  const give = (...services: readonly string[]): number => {
    for (const service of services) append(service, (run) => intake.append(...run));
    return intake.flush();
  };
  const kinds = (): unknown[] => writes.map(({ entries }) => entries.map((entry) => recordOf(entry)?.kind));
  const end = async (error?: Error): Promise<void> => {
    writes.at(-1)?.end(error);
    await turn();
  };
  return { clock, ring, intake, writes, lost, give, end, kinds, relieved: () => relieved };
}

function append(service: string, to: (run: Parameters<JournalIntake["append"]>) => void): void {
  const frame = encodeFrame({ events: [{ service }] });
  to([RIEMANN, frame, 0, frame.length, 1, 1]);
}

test("what comes during a write goes with the next, and is confirmed and given to the workers when it is written", async () => {
  const { intake, ring, writes, give, end } = setUp();
  assert.equal(give("a"), 1);
  assert.deepEqual([give("b"), give("c"), writes.length, ring.events, ring.coming], [2, 3, 1, 100, 3]);
  await end();
  assert.deepEqual([intake.confirmed, ring.events, ring.coming, writes.length], [1, 101, 2, 2]);
  assert.deepEqual(
    writes.map(({ entries }) => entries.map(({ items }) => items)),
    [[1], [2]],
  );
  await end();
  assert.deepEqual([intake.confirmed, intake.failure, ring.events, ring.coming], [3, null, 103, 0]);
});

test("when it cannot be written and must be, it is refused, and no worker gets it but what the daemon has to say", async () => {
  const { intake, ring, lost, give, end, kinds } = setUp();
  append("own", (run) => intake.appendOwn(null, ...run));
  give("a", "b");
  await end(new Error("no space"));
  assert.deepEqual(intake.failure, { after: 0, reason: "journal: no space: try again later" });
  assert.deepEqual([intake.confirmed, ring.events, ring.coming, lost], [1, 101, 0, [[2, 101]]]);
  give("c");
  await end();
  assert.deepEqual(
    [intake.confirmed, intake.failure, ring.events, kinds()],
    [2, null, 102, [["own", "frames"], ["frames"]]],
  );
});

test("when it cannot be written and need not be, it is taken in and counted", async () => {
  const { intake, ring, lost, give, end } = setUp(false);
  give("a", "b");
  await end(new Error("no space"));
  assert.deepEqual([intake.confirmed, intake.failure, ring.events, lost], [1, null, 102, [[2, 102]]]);
});

test("the moment of a group stands in front of it, and time passes while nothing comes", async () => {
  const memory = ringMemory(1);
  const clock = new VirtualClock(50);
  const ring = new RingWriter(memory);
  ring.attach(0, "newest");
  const reader = new RingReader(memory, 0, () => {});
  const intake = new JournalIntake({
    ...{ ring, clock, inner: new RingIntake(ring, () => {}), relieved() {} },
    journal: {
      ...{ isStrict: true, position: 0, append: () => Promise.resolve(), appendNow: () => false, lost() {} },
      moment: () => ({ now: 1000, elapsed: clock.elapsed() }),
    },
  });
  append("a", (run) => intake.append(...run));
  intake.flush();
  await turn();
  assert.deepEqual([reader.next(), reader.moment, reader.next()], ["time", { now: 1000, elapsed: 50 }, "frames"]);
  clock.advanceTo(50.1);
  assert.equal(reader.next(), "none", "something came in that time");
  clock.advanceTo(50.2);
  await turn();
  assert.deepEqual([reader.next(), reader.moment, reader.next()], ["time", { now: 1000, elapsed: 50.2 }, "none"]);
  intake.stop();
  clock.advanceTo(60);
  await turn();
  assert.equal(reader.next(), "none");
});

test("senders wait while much is on its way to the disk", async () => {
  const { intake, end, relieved, writes } = setUp();
  const run = Buffer.alloc(256 * 1024);
  for (let n = 0; n < 4; n++) intake.append(RIEMANN, run, 0, run.length, 1, 1);
  intake.flush();
  assert.equal(intake.isHeld, true);
  await end();
  assert.deepEqual([intake.isHeld, relieved(), writes.length], [false, 1, 1]);
});

test("whoever waits for all to be with the workers is told", async () => {
  const { intake, give, end } = setUp();
  let isSettled = false;
  await intake.settled();
  give("a");
  give("b");
  void intake.settled().then(() => {
    isSettled = true;
  });
  await end();
  assert.equal(isSettled, false);
  await end();
  assert.equal(isSettled, true);
});

test("what the journal takes at once is with the workers, and confirmed, at once", () => {
  const clock = new VirtualClock();
  const ring = new RingWriter(ringMemory(1));
  const taken: number[] = [];
  const intake = new JournalIntake({
    ...{ ring, clock, inner: new RingIntake(ring, () => {}), relieved() {} },
    journal: {
      ...{ isStrict: false, position: 0, lost() {}, moment: () => ({ now: 0, elapsed: 0 }) },
      append: () => assert.fail("nothing is to be waited for"),
      appendNow: (entries) => taken.push(entries.length) > 0,
    },
  });
  append("a", (run) => intake.append(...run));
  assert.deepEqual([intake.flush(), intake.confirmed, ring.events, ring.coming], [1, 1, 1, 0]);
});

test("each worker gets the events of its hosts, also of messages that go to the disk together", async () => {
  const memory = ringMemory(2, 2);
  const ring = new RingWriter(memory);
  const readers = [0, 1].map((worker) => {
    ring.attach(worker, "newest");
    return new RingReader(memory, worker, () => {});
  });
  let write = (): void => {};
  const written = new Promise<void>((resolve) => {
    write = resolve;
  });
  const intake = new JournalIntake({
    ...{ ring, clock: new VirtualClock(), inner: new RingIntake(ring, () => {}), relieved() {} },
    journal: {
      ...{ isStrict: true, position: 0, append: () => written, appendNow: () => false, lost() {} },
      moment: () => ({ now: 1000, elapsed: 1 }),
    },
  });
  const hosts = ["a", "b", "c", "d", "e", "f"];
  for (const [at, host] of hosts.entries()) {
    const frame = encodeFrame({ events: [{ host }, { host: "a" }] });
    intake.check(RIEMANN, frame, HEADER, frame.length);
    if (at === 2) intake.check(RIEMANN, frame, HEADER, frame.length); // one that is not appended
    intake.append(RIEMANN, frame, 0, frame.length, 1, 2);
    intake.flush();
  }
  write();
  for (let left = 5; left > 0; left--) await turn();
  const expected = readers.map(({ mine }) =>
    [...hosts, ...hosts.map(() => "a")].filter((host) => mine[partitionOf(host)] === 1),
  );
  const found = readers.map((reader) => {
    let count = 0;
    for (let next = reader.next(); next !== "none"; next = reader.next()) if (next === "frames") count += reader.hosts;
    return count;
  });
  assert.deepEqual(
    found,
    expected.map(({ length }) => length),
  );
});
