import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { MemoryFiles, PowerCut } from "./memory-files.ts";

const DIR = "/spill";

function open(files: MemoryFiles, damaged: string[] = []): Promise<SegmentLog> {
  return SegmentLog.open({
    dir: DIR,
    files,
    segmentBytes: 200,
    onDamage: (name, why) => damaged.push(`${name}: ${why}`),
  });
}

async function readAll(log: SegmentLog, from = log.cursor): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  await log.read(from, (payload, number) => {
    found.set(number, payload.toString());
    return true;
  });
  return found;
}

async function filled(files: MemoryFiles, count: number): Promise<SegmentLog> {
  const log = await open(files);
  for (let n = 1; n <= count; n++) {
    log.append(Buffer.from(`record ${n}`));
    await log.flush();
  }
  return log;
}

test("records are read in order, from any one on, over segments and restarts", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 30)).close();
  const log = await open(files);
  assert.equal(log.next, 31);
  const found = await readAll(log, 17);
  assert.deepEqual(
    [...found.keys()],
    Array.from({ length: 14 }, (_, i) => 17 + i),
  );
  assert.equal(found.get(20), "record 20");
});

test("what is done with is not read after a restart, and its segments are gone", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 30);
  const before = files.names().length;
  await log.advance(25);
  await log.close();
  assert.ok(files.names().length < before);
  const again = await open(files);
  assert.equal(again.cursor, 25);
  assert.deepEqual([...(await readAll(again)).keys()], [25, 26, 27, 28, 29, 30]);
});

test("when the disk takes nothing, what was appended stays and is written later", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 3);
  files.failure = new Error("ENOSPC: no space left on device");
  log.append(Buffer.from("record 4"));
  await assert.rejects(log.flush(), /ENOSPC/);
  files.failure = null;
  log.append(Buffer.from("record 5"));
  await log.flush();
  assert.deepEqual(
    [...(await readAll(log)).values()],
    [1, 2, 3, 4, 5].map((n) => `record ${n}`),
  );
});

test("a damaged segment is set aside with what it costs, and the others are read", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 30)).close();
  const [first = ""] = files.names();
  const bytes = files.content(first);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  files.put(first, bytes);
  const damaged: string[] = [];
  const log = await open(files, damaged);
  const numbers = [...(await readAll(log, 1)).keys()];
  assert.match(damaged.join(), /^0+1\.seg: record 3 is damaged$/);
  assert.deepEqual(numbers.slice(-5), [26, 27, 28, 29, 30]);
  assert.ok(files.names().includes(`${first}.damaged`));
});

test("a file that is no segment is set aside", async () => {
  const files = new MemoryFiles();
  files.put(`${DIR}/00000000000000000001.seg`, Buffer.from("something else"));
  const damaged: string[] = [];
  const log = await open(files, damaged);
  log.append(Buffer.from("a"));
  await log.flush();
  assert.deepEqual([...(await readAll(log)).values()], ["a"]);
  assert.equal(damaged.length, 1);
});

test("cut at any byte, a segment gives all whole records before the cut", async () => {
  const files = new MemoryFiles();
  await (await filled(files, 5)).close();
  const [first = ""] = files.names();
  const whole = Buffer.from(files.content(first));
  for (let length = 0; length <= whole.length; length++) {
    files.put(first, Buffer.from(whole.subarray(0, length)));
    const log = await open(files);
    const found = [...(await readAll(log)).values()];
    assert.deepEqual(found, ["record 1", "record 2", "record 3", "record 4", "record 5"].slice(0, found.length));
    assert.equal(found.length, length < 8 ? 0 : Math.floor((length - 8) / 16));
    log.append(Buffer.from("next"));
    await log.flush();
    assert.equal([...(await readAll(log)).values()].at(-1), "next");
    await log.close();
  }
});

test("numbers go on behind the cursor when the end of the last segment was lost", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 5);
  await log.advance(5);
  await log.close();
  const [first = ""] = files.names();
  files.put(first, Buffer.from(files.content(first).subarray(0, 8 + 2 * 16)));
  const again = await open(files);
  assert.equal(again.append(Buffer.from("new")), 5);
  await again.flush();
  assert.deepEqual([...(await readAll(again))], [[5, "new"]]);
});

test("of a cursor whose last write was cut off the one before it holds", async () => {
  const files = new MemoryFiles();
  const log = await filled(files, 5);
  await log.advance(2);
  await log.advance(4);
  await log.close();
  const bytes = Buffer.from(files.content(`${DIR}/cursor`));
  bytes[0] = (bytes[0] ?? 0) ^ 1; // the second write went to the first slot
  files.put(`${DIR}/cursor`, bytes);
  assert.equal((await open(files)).cursor, 2);
});

test("whenever the power is cut: nothing that was synced is lost, nothing is garbled, no number stands for two records", async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.nat({ max: 120 }).map((length) => ({ kind: "append" as const, length })) },
    { weight: 3, arbitrary: fc.constant({ kind: "flush" as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: "sync" as const }) },
    {
      weight: 2,
      arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((part) => ({ kind: "advance" as const, part })),
    },
  );
  const life = fc.tuple(fc.array(step, { maxLength: 25 }), fc.nat({ max: 80 }));
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), chance, async (lives, random) => {
      const files = new MemoryFiles();
      const appended = new Map<number, Set<string>>();
      let [written, synced, doneSynced, done, serial] = [0, 0, 1, 1, 0];
      for (const [steps, calls] of lives) {
        files.left = calls;
        try {
          const log = await open(files);
          for (const one of steps) {
            if (one.kind === "append") {
              const text = `${serial++}:${"x".repeat(one.length)}`;
              const number = log.append(Buffer.from(text));
              appended.set(number, (appended.get(number) ?? new Set()).add(text));
            } else if (one.kind === "flush") {
              await log.flush();
              written = log.next - 1;
            } else if (one.kind === "sync") {
              const [all, cursor] = [written, log.cursor];
              await log.sync();
              synced = Math.max(synced, all);
              doneSynced = Math.max(doneSynced, cursor);
            } else {
              const to = log.cursor + Math.floor((written + 1 - log.cursor) * one.part);
              done = Math.max(done, to);
              await log.advance(to);
            }
          }
        } catch (thrown) {
          if (!(thrown instanceof PowerCut)) throw thrown;
        }
        files.restart(() => random.next().value ?? 0);
        const log = await open(files);
        const found = await readAll(log);
        for (const [number, text] of found)
          assert.ok(appended.get(number)?.has(text), `${number} is what was appended`);
        assert.ok(log.cursor >= Math.min(doneSynced, done) && log.cursor <= done, `cursor ${log.cursor}`);
        for (let n = log.cursor; n <= synced; n++) assert.ok(found.has(n), `${n} was synced`);
        written = log.next - 1;
        synced = Math.min(synced, written);
        await log.close();
        files.restart(() => 0); // all of it is written
      }
    }),
    { numRuns: 700 },
  );
});
