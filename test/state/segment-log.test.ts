import assert from "node:assert/strict";
import { test } from "node:test";
import type { NumberedEntry } from "../../src/state/log-reader.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles, PowerCut } from "./memory-files.ts";

const DIR = "/spill";

function open(files: MemoryFiles, damaged: string[] = []): Promise<SegmentLog> {
  return SegmentLog.open({
    dir: DIR,
    files,
    segmentBytes: 200,
    onDamage({ segment, why, at, bytes, items, isKept }) {
      damaged.push(
        `${Number(segment.slice(0, 20))}.seg ${at}+${bytes}: ${why}, ${items} lost, ${isKept ? "kept" : "cut"}`,
      );
    },
  });
}

async function readAll(log: SegmentLog): Promise<NumberedEntry[]> {
  const reader = log.reader();
  const all: NumberedEntry[] = [];
  for (let records = await reader.read(); records.length > 0; records = await reader.read()) all.push(...records);
  await reader.close();
  return all;
}

async function textsOf(log: SegmentLog): Promise<string[]> {
  return (await readAll(log)).map(({ payload }) => payload.toString());
}

function append(log: SegmentLog, text: string, items = 1): Promise<void> {
  return log.append([{ items, payload: Buffer.from(text) }]);
}

async function filled(files: MemoryFiles, count: number): Promise<SegmentLog> {
  const log = await open(files);
  for (let n = 1; n <= count; n++) await append(log, `record ${n}`);
  return log;
}

const records = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `record ${from + i}`);

test("items are read in order, from the cursor on, over segments and restarts", async () => {
  const files = new MemoryFiles();
  const before = await filled(files, 30);
  await before.advance(17);
  await before.close();
  const log = await open(files);
  assert.deepEqual([log.cursor, log.next], [17, 31]);
  assert.deepEqual(await textsOf(log), records(17, 30));
});

test("a reader finds what is appended after it came to the end", async () => {
  const log = await filled(new MemoryFiles(), 3);
  const reader = log.reader();
  assert.equal((await reader.read()).length, 3);
  assert.deepEqual(await reader.read(), []);
  for (let n = 4; n <= 40; n++) await append(log, `record ${n}`);
  assert.equal((await reader.read())[0]?.payload.toString(), "record 4");
});

test("an entry without items is read in front of the next one, and from there on", async () => {
  const log = await filled(new MemoryFiles(), 2);
  await append(log, "none", 0);
  await append(log, "record 3");
  await append(log, "none behind", 0);
  assert.deepEqual([log.next, await textsOf(log)], [4, ["record 1", "record 2", "none", "record 3", "none behind"]]);
  const reader = log.reader(3);
  assert.deepEqual(
    (await reader.read()).map(({ payload }) => `${payload}`),
    ["none", "record 3", "none behind"],
  );
  assert.deepEqual(await reader.read(), []);
});

test("however long a segment without items is, the items that follow are in it, and stay until they are done with", async () => {
  const files = new MemoryFiles();
  const log = await open(files);
  for (let n = 0; n < 20; n++) await append(log, `entry ${n} without items`, 0);
  await append(log, "record 1");
  await log.advance(1);
  await append(log, "record 2");
  assert.deepEqual((await textsOf(log)).slice(-2), records(1, 2));
  await log.close();
  assert.equal((await textsOf(await open(files))).length, 22);
});

test("an entry stands for several items, and is read while one of them is not done with", async () => {
  const files = new MemoryFiles();
  const log = await open(files);
  await append(log, "three", 3);
  await append(log, "one");
  await log.advance(3);
  await log.close();
  const again = await open(files);
  assert.deepEqual(
    (await readAll(again)).map(({ number, items, payload }) => [number, items, payload.toString()]),
    [
      [1, 3, "three"],
      [4, 1, "one"],
    ],
  );
  assert.equal(again.next, 5);
});

test("segments of what is done with are removed", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 30);
  const before = files.names().length;
  await log.advance(25);
  assert.ok(files.names().length < before);
  assert.deepEqual(await textsOf(log), records(25, 30));
});

test("when the disk takes nothing, nothing is appended; later all is as if it had not been tried", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 3);
  for (const failing of ["write", "truncate", "open", "sync"]) {
    files.fault = (call) => (call === failing ? new Error("ENOSPC: no space left on device") : null);
    for (let tries = 0; tries < 3; tries++) await append(log, `in vain ${"x".repeat(100)}`).catch(() => {});
    files.fault = () => null;
  }
  const taken = (await textsOf(log)).length;
  await append(log, "record 4");
  const texts = await textsOf(log);
  assert.deepEqual(texts.slice(0, 3), records(1, 3));
  assert.equal(texts.length, taken + 1);
  await log.close();
  assert.deepEqual(await textsOf(await open(files)), texts);
});

test("a damaged segment is read up to the damage, and set aside when that is done with", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 30)).close();
  const [first = ""] = files.names();
  const bytes = Buffer.from(files.content(first));
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  files.put(first, bytes);
  const damaged: string[] = [];
  const log = await open(files, damaged);
  const texts = await textsOf(log);
  assert.deepEqual(texts, [...records(1, 2), ...records(10, 30)]);
  assert.deepEqual(damaged, ["1.seg 48+140: no whole entry begins here, 7 lost, kept"]);
  assert.ok(files.names().includes(first));
  await log.advance(20);
  assert.ok(files.names().includes(`${first}.damaged`));
});

test("of damaged segments the last eight are kept", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 100)).close();
  const names = files.names().filter((name) => name.endsWith(".seg"));
  const last = names.pop() ?? "";
  for (const name of names) {
    const bytes = Buffer.from(files.content(name));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    files.put(name, bytes);
  }
  const log = await open(files);
  assert.deepEqual(await textsOf(log), records(Number(last.slice(-24, -4)), 100));
  await log.advance(101);
  const kept = files.names().filter((name) => name.endsWith(".damaged"));
  assert.ok(names.length > 8, `${names.length} segments`);
  assert.deepEqual(
    kept.sort(),
    names.slice(-8).map((name) => `${name}.damaged`),
  );
});

test("a segment that another reader finds damaged is set aside as well, and told of once", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 30);
  const [first = ""] = files.names();
  const segment = first.slice(first.lastIndexOf("/") + 1);
  assert.deepEqual(
    [1, 2].map(() => log.markDamaged(segment, "no whole entry begins here")),
    [true, false],
  );
  assert.equal(log.markDamaged("other.seg", "it is not there"), false);
  await log.advance(20);
  assert.ok(files.names().includes(`${first}.damaged`));
});

test("damage in the last segment is told, and new items go into another", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 5)).close();
  const [first = ""] = files.names();
  const bytes = Buffer.from(files.content(first));
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  files.put(first, bytes);
  const damaged: string[] = [];
  const log = await open(files, damaged);
  await append(log, "new");
  assert.deepEqual(await textsOf(log), ["record 1", "new"]);
  assert.deepEqual(damaged, ["1.seg 28+80: no whole entry begins here, null lost, kept"]);
});

test("a file that is no segment is set aside", async () => {
  const files = new MemoryFiles();
  files.put(`${DIR}/00000000000000000001.seg`, Buffer.from("something else"));
  const damaged: string[] = [];
  const log = await open(files, damaged);
  await append(log, "a");
  assert.deepEqual(await textsOf(log), ["a"]);
  assert.equal(damaged.length, 1);
  await log.close();
  assert.deepEqual(await textsOf(await open(files)), ["a"]);
  assert.equal(files.content(`${DIR}/00000000000000000001.seg.damaged`).toString(), "something else");
});

test("cut at any byte, a segment gives all whole entries before the cut, and takes more", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 5)).close();
  const [first = ""] = files.names();
  const whole = Buffer.from(files.content(first));
  for (let length = 0; length <= whole.length; length++) {
    files.put(first, Buffer.from(whole.subarray(0, length)));
    const damaged: string[] = [];
    const log = await open(files, damaged);
    const found = await textsOf(log);
    assert.deepEqual(found, records(1, length < 8 ? 0 : Math.floor((length - 8) / 20)));
    await append(log, "next");
    assert.deepEqual(await textsOf(log), [...found, "next"]);
    const at = length < 8 ? 0 : 8 + found.length * 20;
    const cut = `1.seg ${at}+${length - at}: it was not written to its end, null lost, cut`;
    assert.deepEqual(damaged, length === at ? [] : [cut]);
    await log.close();
    for (const name of files.names()) if (name !== first) await files.remove(name);
  }
});

test("a segment in the middle that is cut at any byte is told, with what is lost, and set aside unless it ends with an entry", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 30)).close();
  const [first = ""] = files.names();
  const whole = Buffer.from(files.content(first));
  for (let length = 0; length < whole.length; length++) {
    files.put(first, Buffer.from(whole.subarray(0, length)));
    const damaged: string[] = [];
    const texts = await textsOf(await open(files, damaged));
    const left = length < 8 ? 0 : Math.floor((length - 8) / 20);
    assert.deepEqual(texts, [...records(1, left), ...records(10, 30)]);
    const at = length < 8 ? 0 : 8 + left * 20;
    const said = length === at ? "its end is missing" : "no whole entry begins here";
    const isKept = length === at ? "cut" : "kept";
    assert.deepEqual(damaged, [`1.seg ${at}+${length - at}: ${said}, ${9 - left} lost, ${isKept}`]);
  }
});

test("what stands behind the last entry is a cut when it is the beginning of one, zeros, or both; else it is set aside", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 5)).close();
  const [name = ""] = files.names();
  const whole = Buffer.from(files.content(name));
  const [zeros, begun] = [Buffer.alloc(50), whole.subarray(8, 24)];
  for (const [behind, isKept] of [
    [zeros, false],
    [Buffer.concat([begun, zeros]), false],
    [Buffer.from("something else"), true],
    [Buffer.concat([zeros, whole.subarray(8, 28)]), true],
    [Buffer.concat([Buffer.from([1]), begun, whole.subarray(8, 28)]), true],
  ] as const) {
    files.put(name, Buffer.concat([whole, behind]));
    const damaged: string[] = [];
    const log = await open(files, damaged);
    await append(log, "next");
    assert.deepEqual(await textsOf(log), [...records(1, 5), "next"]);
    const why = isKept
      ? "no whole entry begins here, null lost, kept"
      : "it was not written to its end, null lost, cut";
    assert.equal(damaged[0], `1.seg 108+${behind.length}: ${why}`);
    await log.advance(7);
    await log.close();
    assert.equal(files.names().includes(`${name}.damaged`), isKept);
    for (const path of files.names()) await files.remove(path);
  }
});

test("changed at any byte, what is read is what was appended, and it is told", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 20)).close();
  const before = new Map(files.names().map((name) => [name, Buffer.from(files.content(name))]));
  const known = new Set(records(1, 20));
  const last = [...before.keys()].findLast((name) => name.endsWith(".seg"));
  for (const [name, whole] of before)
    for (let at = 0; at < whole.length; at++) {
      for (const [path, bytes] of before) files.put(path, Buffer.from(bytes));
      files.content(name)[at] = (whole[at] ?? 0) ^ 0x11;
      const damaged: string[] = [];
      const log = await open(files, damaged);
      const texts = await textsOf(log);
      assert.ok(
        texts.every((text) => known.has(text)),
        `${name} at ${at}: ${texts}`,
      );
      // The length of what was written last tells no damage from a cut.
      const isCut = name === last && at >= whole.length - 21 && at < whole.length - 17;
      assert.match(damaged[0] ?? "", isCut ? /, (cut|kept)$/ : /, kept$/, `${name} at ${at}`);
      await log.close();
      for (const path of files.names()) if (!before.has(path)) await files.remove(path);
    }
});

test("numbers go on behind the cursor when the end of the last segment was lost", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 5);
  await log.advance(5);
  await log.close();
  const [first = ""] = files.names();
  files.put(first, Buffer.from(files.content(first).subarray(0, 8 + 2 * 20)));
  const again = await open(files);
  assert.equal(again.next, 5);
  await append(again, "new");
  await again.close();
  const last = await open(files);
  assert.equal(last.next, 6);
  assert.deepEqual(await textsOf(last), ["new"]);
});

test("of a cursor whose last write was cut off the one before it holds", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 5);
  await log.advance(2);
  await log.advance(4);
  await log.close();
  const bytes = files.content(`${DIR}/cursor`);
  bytes[0] = (bytes[0] ?? 0) ^ 1; // the second write went to the first slot
  files.put(`${DIR}/cursor`, bytes);
  assert.equal((await open(files)).cursor, 2);
});

test("a look at a log changes nothing on disk", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 30);
  await log.advance(12);
  files.fault = (call) =>
    ["list", "size", "openToRead", "read", "close"].includes(call) ? null : new Error(`${call} changes something`);
  const look = await SegmentLog.open({ dir: DIR, files, isReadOnly: true, onDamage: () => assert.fail() });
  assert.deepEqual(await textsOf(look), records(12, 30));
  await look.close();
});

test("whenever the power is cut: what was synced is there, nothing is garbled, no number stands for two items", async () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 3 }).map((append) => ({ append })),
    },
    { weight: 2, arbitrary: fc.boolean().map((isBeside) => ({ isBeside })) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((advance) => ({ advance })) },
  );
  const life = fc.tuple(fc.array(step, { maxLength: 25 }), fc.nat({ max: 80 }));
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), chance, async (lives, random) => {
      const files = new MemoryFiles();
      files.syncing = async () => {
        for (let turns = 0; turns < 20; turns++) await null;
      };
      const appended = new Map<number, Set<string>>();
      let [doneSynced, done, serial] = [1, 1, 0];
      // Numbers of items that are there, and of those that a power cut must leave.
      let there = new Set<number>();
      let synced = new Set<number>();
      for (const [steps, calls] of lives) {
        files.left = calls;
        let syncing = Promise.resolve();
        try {
          const log = await open(files);
          for (const one of steps) {
            if ("append" in one) {
              const texts = one.append.map((length) => `${serial++}:${"x".repeat(length)}`);
              const numbers = texts.map((_, i) => log.next + i);
              for (const [i, number] of numbers.entries())
                appended.set(number, (appended.get(number) ?? new Set()).add(texts[i] ?? ""));
              await log.append(texts.map((text) => ({ items: 1, payload: Buffer.from(text) })));
              for (const number of numbers) there.add(number);
            } else if ("isBeside" in one) {
              await syncing;
              const { cursor } = log;
              const all = new Set(there);
              syncing = log.sync().then(() => {
                synced = all;
                doneSynced = Math.max(doneSynced, cursor);
              });
              if (!one.isBeside) await syncing;
            } else {
              const to = log.cursor + Math.floor((log.next - log.cursor) * one.advance);
              done = Math.max(done, to);
              await log.advance(to);
            }
          }
          await syncing;
        } catch (thrown) {
          if (!(thrown instanceof PowerCut)) throw thrown;
        }
        await syncing.catch(() => {});
        files.restart(() => random.next().value ?? 0);
        const log = await open(files);
        const found = new Map((await readAll(log)).map(({ number, payload }) => [number, payload.toString()]));
        for (const [number, text] of found)
          assert.ok(appended.get(number)?.has(text), `${number} is what was appended`);
        assert.ok(log.cursor >= Math.min(doneSynced, done) && log.cursor <= done, `cursor ${log.cursor}`);
        for (const n of synced) assert.ok(n < log.cursor || found.has(n), `${n} was synced`);
        assert.equal(new Set(found.values()).size, found.size, "no item twice");
        there = new Set(found.keys());
        await log.close();
        files.restart(() => 0.999); // all of it is written
      }
    }),
    { numRuns: rounds(100) },
  );
});
