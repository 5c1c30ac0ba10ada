import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ringMemory } from "../../src/host/ring.ts";
import { RingReader } from "../../src/host/ring-reader.ts";
import { RingWriter } from "../../src/host/ring-writer.ts";

/** A ring with one worker that has read nothing yet; each record is a text of one event. */
function ring(size = 1024) {
  const memory = ringMemory(1, 0, size);
  const writer = new RingWriter(memory);
  writer.attach(0, "newest");
  const write = (...texts: string[]): void => {
    for (const text of texts) assert.ok(writer.write(0, Buffer.from(text), 0, text.length, 1), `${text} does not fit`);
    writer.publish();
  };
  const reader = (): RingReader => new RingReader(memory, 0, () => {});
  return { writer, write, reader };
}

/** The texts of the records that are left, all begun and none done with. */
function begin(reader: RingReader, most = Number.POSITIVE_INFINITY): string[] {
  const texts: string[] = [];
  while (texts.length < most && reader.next() === "frames")
    texts.push(reader.bytes.toString("latin1", reader.start, reader.end));
  return texts;
}

test("what was begun and not done with is read again by the next thread of a worker", () => {
  const { writer, write, reader } = ring();
  write("a", "b", "c");
  const first = reader();
  assert.deepEqual(begin(first, 1), ["a"]);
  first.done();
  assert.equal(writer.underWay(0), null);
  assert.deepEqual(begin(first), ["b", "c"]);
  assert.notEqual(writer.underWay(0), null);
  assert.deepEqual([writer.done(0), writer.begun(0)], [1, 3]);
  writer.attach(0, "undone");
  assert.deepEqual(begin(reader()), ["b", "c"]);
});

test("records are gone through one at a time up to where a thread was lost, over the end of the ring and of the numbers", () => {
  const { writer, write, reader } = ring(64);
  let last = reader();
  // 16 bytes each: every fourth record crosses the end.
  for (let n = 0; n < 50; n++) {
    write("a", "b");
    begin(last);
    const underWay = writer.underWay(0);
    assert.ok(underWay !== null);
    write("c");
    writer.attach(0, "undone");
    writer.offerAlone(0, underWay.to);
    last = reader();
    const alone: boolean[] = [];
    for (const text of ["a", "b", "c"]) {
      assert.deepEqual(begin(last, 1), [text]);
      alone.push(last.isAlone);
      last.done();
    }
    assert.deepEqual(alone, [true, true, false]);
  }
});

test("a record that is skipped is not read again, and its events are done with", () => {
  const { writer, write, reader } = ring();
  write("a", "b");
  begin(reader(), 1);
  writer.skipUnderWay(0);
  assert.deepEqual([writer.done(0), writer.underWay(0)], [1, null]);
  writer.attach(0, "undone");
  assert.deepEqual(begin(reader()), ["b"]);
});

test("a thread's signs of life are seen, and what it is at", () => {
  const { writer, reader } = ring();
  const thread = reader();
  thread.introduce(4711);
  const before = writer.beat(0);
  thread.beat();
  thread.setDecoding(true);
  assert.deepEqual([writer.beat(0) - before, writer.threadId(0), writer.isDecoding(0)], [1, 4711, true]);
  writer.attach(0, "undone");
  assert.deepEqual([writer.threadId(0), writer.isDecoding(0)], [0, false], "the next thread is another one");
});

/** A ring with two workers, the first with even partitions and the second with odd ones; both sleep at its end. */
function sleepers() {
  const memory = ringMemory(2, 2, 1024 * 1024);
  const writer = new RingWriter(memory);
  const readers = [0, 1].map((worker) => {
    writer.attach(worker, "newest");
    return new RingReader(memory, worker, () => {});
  });
  const woken: number[] = [];
  const sleep = (worker: number): void => readers[worker]?.sleep(() => woken.push(worker));
  /** Those that are woken; when fewer are than expected it does not return. */
  const wokenBy = async (work: () => void, expected: number): Promise<number[]> => {
    work();
    while (woken.length < expected) await pause(1);
    await pause(10);
    return woken.splice(0).toSorted();
  };
  const write = (bytes: number, ...partitions: number[]): void => {
    const text = Buffer.alloc(bytes);
    assert.ok(writer.write(0, text, 0, bytes, partitions.length / 2, Buffer.from(partitions)));
    writer.publish();
  };
  return { writer, readers, sleep, wokenBy, write };
}

test("a worker sleeps on while nothing comes for it, until it is asked or has much before it", async () => {
  const { writer, readers, sleep, wokenBy, write } = sleepers();
  const [first, second] = readers;
  assert.ok(first !== undefined && second !== undefined);
  for (const worker of [0, 1]) writer.follow(worker, ["host"]);
  for (const worker of [0, 1]) sleep(worker);
  assert.deepEqual(await wokenBy(() => write(8, 2, 1), 1), [0], "by its host alone");
  assert.deepEqual(await wokenBy(() => write(8, 4, 1), 0), [], "it is awake, and reads on before it sleeps");
  begin(first);
  first.done();
  sleep(0);
  assert.deepEqual(await wokenBy(() => write(8, 2, 1, 3, 2), 2), [0, 1], "one event for each");
  assert.deepEqual([begin(first).length, begin(second).length], [1, 3]);
  assert.deepEqual(
    [first.begunOf, second.begunOf].map(({ all, host }) => [all, host]),
    [
      [4, 3],
      [4, 1],
    ],
  );
  for (const reader of readers) reader.done();
  for (const worker of [0, 1]) sleep(worker);
  assert.deepEqual(await wokenBy(() => write(70_000, 2, 0), 2), [0, 1], "64 KiB before it");
  for (const reader of readers) begin(reader);
  for (const reader of readers) reader.done();
  for (const worker of [0, 1]) sleep(worker);
  writer.follow(1, ["all"]);
  assert.deepEqual(await wokenBy(() => write(8, 2, 0), 2), [0, 1], "it gets all events");
  writer.follow(1, []);
  begin(second);
  second.done();
  sleep(1);
  assert.deepEqual(await wokenBy(() => write(8, 3, 3), 0), [], "it gets none");
  assert.deepEqual(await wokenBy(() => writer.wake(), 1), [1]);
});
