import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { FastTsError } from "../../src/errors.ts";
import { type FileLayer, NODE_FILES } from "../../src/state/file-layer.ts";
import { Journal, type JournalOptions } from "../../src/state/journal.ts";
import { journalRecords } from "../../src/state/journal-reader.ts";
import {
  bareEntry,
  type PlacedRecord,
  RECORD_HEADER_BYTES,
  recordOf,
  reinjectedEntry,
  writeHeader,
} from "../../src/state/journal-record.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds, share } from "../rounds.ts";
import { MemoryFiles, PowerCut } from "./memory-files.ts";

const KIB = 1024;

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Its lock is a real one, its files are in memory. */
async function opened(dir: string, files: FileLayer, changes: Partial<JournalOptions> = {}) {
  const lines: string[] = [];
  const line = (message: string): void => void lines.push(message);
  const clock = new VirtualClock();
  const log = { debug: line, info: line, warn: line, error: line };
  const bounds = { maxBytes: 64 * KIB, segmentBytes: 16 * KIB };
  const given = { dir, sync: "always", saved: 0, elapsed: 0, clock, log, files, ...bounds } as const;
  const journal = await Journal.open({ ...given, ...changes });
  await journal.begin();
  return { journal, lines, clock };
}

/** Frames are text here. */
function write(journal: Journal, text: string, events = 1): Promise<void> {
  const payload = Buffer.concat([Buffer.alloc(RECORD_HEADER_BYTES), Buffer.from(text)]);
  writeHeader(payload, "frames", 7, journal.moment());
  return journal.append([{ items: events, payload }]);
}

async function read(dir: string, files: FileLayer, from = 0, damaged: string[] = []): Promise<PlacedRecord[]> {
  const onDamage = (_: string, why: string, events: number): void => void damaged.push(`${why}: ${events}`);
  const all: PlacedRecord[] = [];
  for await (const records of journalRecords({ dir, files, from, onDamage })) all.push(...records);
  return all;
}

const shown = (records: readonly PlacedRecord[]): string[] =>
  records.map(({ kind, position, frames }) => [position, kind, `${frames}`].join(" ").trim());

test("what was written is read, at its place and with its time, from any event on", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal, clock } = await opened(dir, files, { elapsed: 30 });
  clock.advanceTo(5);
  await write(journal, "one", 2);
  await journal.append([bareEntry("tick", 0, journal.moment()), bareEntry("own", 3, journal.moment())]);
  await write(journal, "two");
  assert.equal(journal.position, 6);
  const all = await read(dir, files);
  assert.deepEqual(shown(all), ["0 start", "0 frames one", "2 tick", "2 own", "5 frames two"]);
  assert.deepEqual([all[1]?.now, all[1]?.codec, all[1]?.events], [5, 7, 2]);
  const elapsed = all.map((record) => record.elapsed);
  assert.ok(elapsed.every((at, n) => at >= (elapsed[n - 1] ?? 30)) && (elapsed[1] ?? 0) >= 35, `${elapsed}`);
  assert.deepEqual(shown(await read(dir, files, 1)), ["0 frames one", "2 tick", "2 own", "5 frames two"]);
  assert.deepEqual(shown(await read(dir, files, 5)), ["5 frames two"]);
  await journal.close();
  const next = await opened(dir, files);
  assert.ok(next.journal.start.elapsed > (elapsed.at(-1) ?? 0), "time of service goes on");
  const moment = next.journal.moment();
  next.clock.advanceTo(next.clock.now() + 0.0005);
  assert.equal(next.journal.moment(), moment, "what comes within a millisecond came at once");
  await next.journal.close();
});

test("what a pipeline reinjected says where it came out, whatever its name", () => {
  const origin = { pipeline: "caf\u00e9 \u0000", elapsed: 3.5, count: 4 };
  const entry = reinjectedEntry(origin, 1, Buffer.from("frames"), 2, { now: 8, elapsed: 9 });
  const { frames, ...rest } = recordOf(entry) ?? assert.fail();
  assert.deepEqual(
    [rest, `${frames}`],
    [{ kind: "reinjected", codec: 1, events: 2, now: 8, elapsed: 9, origin }, "frames"],
  );
});

test("a record of another version is passed over, and told", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  const future = bareEntry("own", 5, journal.moment());
  future.payload.writeUInt8(2, 0);
  await journal.append([future]);
  await write(journal, "after");
  const damaged: string[] = [];
  assert.deepEqual(shown(await read(dir, files, 0, damaged)), ["0 start", "5 frames after"]);
  assert.deepEqual(damaged, ["it is of another version of FastTS: 5"]);
  await journal.close();
});

test("events that were taken in and not written have their numbers, and are told to be missing", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal, lines } = await opened(dir, files, { sync: "1s" });
  await write(journal, "one");
  files.fault = (call) => (call === "write" ? new Error("no space") : null);
  for (const _ of [1, 2]) await assert.rejects(write(journal, "no"), /no space/);
  journal.lost(4, 5);
  assert.deepEqual(journal.report, {
    error: "no space",
    bytes: journal.report.bytes,
    written: 1,
    lost: 4,
    unreadableBytes: 0,
  });
  files.fault = () => null;
  await write(journal, "two");
  assert.equal(journal.report.error, null);
  assert.deepEqual(lines, [
    "the journal cannot be written: a crash now would lose what comes in",
    "the journal is written again",
  ]);
  const damaged: string[] = [];
  assert.deepEqual(shown(await read(dir, files, 0, damaged)), ["0 start", "0 frames one", "5 frames two"]);
  assert.deepEqual(damaged, ["its end is missing: 4"]);
  await journal.close();
});

test("while a disk refuses what is long, what is short does not hide that: it is said once", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal, lines, clock } = await opened(dir, files);
  const long = (): Promise<void> => write(journal, "x".repeat(10_000));
  for (let n = 0; n < 5; n++) {
    files.capacity = files.bytes + 5_000;
    await assert.rejects(long(), /ENOSPC/);
    await write(journal, "short");
    assert.match(journal.report.error ?? "", /ENOSPC/);
  }
  files.capacity = Number.POSITIVE_INFINITY;
  await long();
  const said = ["the journal cannot be written: messages are refused", "the journal is written again"];
  assert.deepEqual([journal.report.error, lines], [null, said]);
  files.capacity = files.bytes + 5_000;
  await assert.rejects(long(), /ENOSPC/);
  clock.advanceTo(clock.now() + 61);
  await write(journal, "short");
  assert.deepEqual([journal.report.error, lines], [null, [...said, ...said]]);
  await journal.close();
});

test("a message that is refused, as the disk did not sync it, is not read again", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  await write(journal, "one");
  files.fault = (call) => (call === "sync" ? new Error("broken") : null);
  await assert.rejects(write(journal, "refused"), /broken/);
  files.fault = () => null;
  await write(journal, "two");
  assert.deepEqual(shown(await read(dir, files)), ["0 start", "0 frames one", "1 frames two"]);
  await journal.close();
});

test("a disk that stays full leaves no file for each message that was not written", async (t) => {
  for (const failing of ["write", "truncate"]) {
    const [dir, files] = [directory(t), new MemoryFiles()];
    const { journal } = await opened(dir, files, { sync: "1s" });
    await write(journal, "one");
    files.fault = (call) => (call === failing ? new Error("no space") : null);
    for (let lost = 1; lost <= 20; lost++) {
      await write(journal, "lost").catch(() => journal.lost(1, 1 + lost));
    }
    files.fault = () => null;
    await write(journal, "two");
    const segments = files.names().filter((name) => name.endsWith(".seg"));
    assert.ok(segments.length <= 2, `${failing}: ${segments}`);
    assert.deepEqual((await read(dir, files)).at(-1)?.position, 21);
    await journal.close();
  }
});

const REMOVED = [
  "files of the journal were removed or cut short: a crash before state is saved again would lose what they had",
  "the journal is whole again: state is saved",
];

const cut = async (files: MemoryFiles, path: string, bytes: number): Promise<void> => {
  const file = await files.open(path);
  await files.truncate(file, bytes);
  await files.close(file);
};
/** What somebody may do to the last segment. */
const HARMS = {
  removed: (files: MemoryFiles, path: string) => files.remove(path),
  emptied: (files: MemoryFiles, path: string) => cut(files, path, 0),
  "cut short": (files: MemoryFiles, path: string) => cut(files, path, 20),
  replaced: async (files: MemoryFiles, path: string) => files.put(path, Buffer.alloc(0)),
};

for (const [harm, inflict] of Object.entries(HARMS))
  for (const sync of ["always", "1s"] as const)
    for (const isWritten of [true, false])
      test(`a file that is ${harm} is noticed within a second: ${sync}${isWritten ? ", though it is written on" : ""}`, async (t) => {
        const [dir, files] = [directory(t), new MemoryFiles()];
        const { journal, lines, clock } = await opened(dir, files, { sync });
        const second = async (): Promise<void> => {
          clock.advanceTo(clock.now() + 1);
          for (let turn = 0; turn < 20; turn++) await setImmediate();
        };
        await write(journal, "one");
        await second();
        for (const path of files.names()) if (path.endsWith(".seg")) await inflict(files, path);
        if (isWritten) await write(journal, "gone");
        await second();
        const lost = isWritten ? 2 : 1;
        assert.deepEqual([lines, journal.report.error, journal.report.lost], [REMOVED.slice(0, 1), REMOVED[0], lost]);
        await second();
        await write(journal, "two");
        assert.deepEqual(shown(await read(dir, files)).at(-1), `${lost} frames two`);
        await second();
        assert.equal(lines.length, 1);
        journal.trim(lost);
        await second();
        assert.deepEqual([lines, journal.report.error], [REMOVED, null]);
        await journal.close();
        assert.equal(lines.length, 2, `${lines}`);
      });

test("older files that somebody removes are noticed, too, and counted as far as they are needed", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal, lines, clock } = await opened(dir, files, { sync: "1s" });
  for (const text of ["one", "two", "three"]) {
    await write(journal, text.padEnd(10 * KIB));
    clock.advanceTo(clock.now() + 1);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }
  const [first = "", second = ""] = files.names().filter((name) => name.endsWith(".seg"));
  await files.remove(second);
  clock.advanceTo(clock.now() + 1);
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  assert.deepEqual([lines, journal.report.lost], [REMOVED.slice(0, 1), 1]);
  await files.remove(first);
  clock.advanceTo(clock.now() + 1);
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  assert.deepEqual([lines.length, journal.report.lost], [1, 2]);
  await journal.close();
});

test("what is quick is written at once, unless it must be safe, or the disk is slow", async (t) => {
  for (const sync of ["always", "1s"] as const) {
    const dir = directory(t);
    const clock = new VirtualClock();
    let pause = 0;
    const writeNow: FileLayer["writeNow"] = (...given) => {
      clock.advanceTo(clock.now() + pause);
      NODE_FILES.writeNow?.(...given);
    };
    const { journal } = await opened(dir, { ...NODE_FILES, writeNow }, { sync, clock });
    const now = (): boolean => journal.appendNow([bareEntry("own", 1, journal.moment())]);
    if (sync === "always") assert.equal(now(), false);
    else {
      pause = 0.1;
      assert.deepEqual([now(), now(), journal.position], [true, false, 1]);
      clock.advanceTo(clock.now() + 2);
      assert.equal(now(), true);
      assert.deepEqual(shown(await read(dir, NODE_FILES)), ["0 start", "0 own", "1 own"]);
    }
    await journal.close();
  }
});

/** Once each, however many events have to go. */
const SAID_WHEN_FULL = {
  always: ["the journal cannot be written: messages are refused", "the journal is written again"],
  "1s": ["the journal is full: its oldest events go, a crash now would lose them", "the journal has room again"],
};

test("a full journal refuses with always, and loses its oldest with 1s", async (t) => {
  const text = "x".repeat(10 * KIB);
  for (const sync of ["always", "1s"] as const) {
    const [dir, files] = [directory(t), new MemoryFiles()];
    const { journal, lines } = await opened(dir, files, { sync, maxBytes: 45 * KIB });
    for (let n = 0; n < 4; n++) await write(journal, text);
    if (sync === "always") await assert.rejects(write(journal, text), /--journal-bytes/);
    else for (let n = 0; n < 3; n++) await write(journal, text);
    assert.match(journal.report.error ?? "", /--journal-bytes/);
    assert.equal(journal.report.lost, sync === "always" ? 0 : 3);
    const first = (await read(dir, files)).find(({ kind }) => kind === "frames")?.position;
    assert.deepEqual([first, journal.report.bytes <= 45 * KIB], [sync === "1s" ? 3 : 0, true]);
    journal.trim(sync === "1s" ? 6 : 3);
    await write(journal, text);
    assert.equal(journal.report.error, null, "there is room again");
    await journal.close();
    assert.deepEqual(lines, SAID_WHEN_FULL[sync]);
  }
});

test("numbers go on behind what is saved, when the end of the journal was lost", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files, { saved: 50 });
  assert.equal(journal.position, 50);
  await write(journal, "one");
  assert.deepEqual(shown(await read(dir, files, 50)), ["50 start", "50 frames one"]);
  await journal.close();
});

test("cut at any byte, it opens, says so, and takes more behind what is left", async (t) => {
  const [dir, whole] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, whole);
  const ends = [0];
  const name = `${dir}/00000000000000000001.seg`;
  for (const text of ["one", "two", "three"]) {
    await write(journal, text);
    ends.push(whole.content(name).length);
  }
  await journal.close();
  const bytes = Buffer.from(whole.content(name));
  const lengths = Array.from({ length: bytes.length + 1 }, (_, length) => length);
  for (const length of new Set([...ends, ...share(lengths, 1, 0)])) {
    const files = new MemoryFiles();
    files.put(name, Buffer.from(bytes.subarray(0, length)));
    const next = await opened(dir, files);
    await write(next.journal, "more");
    const left = ["one", "two", "three"].slice(0, ends.filter((end) => end <= length).length - 1);
    const found = (await read(dir, files)).flatMap(({ kind, frames }) => (kind === "frames" ? `${frames}` : []));
    assert.deepEqual(found, [...left, "more"], `${length}`);
    const isSaid = next.lines.includes("the end of the journal is cut off: it was being written");
    assert.equal(isSaid, next.journal.report.unreadableBytes > 0);
    await next.journal.close();
  }
});

test("a segment of another version is set aside, and what is behind it is read", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  for (let n = 0; n < 4; n++) await write(journal, "x".repeat(6 * KIB));
  await journal.close();
  const [first = ""] = files.names().filter((name) => name.endsWith(".seg"));
  files.content(first).write("FTSSEG2");
  const next = await opened(dir, files);
  assert.deepEqual(next.lines, ["a part of the journal cannot be read: it is set aside"]);
  assert.deepEqual(
    (await read(dir, files)).flatMap(({ kind, position }) => (kind === "frames" ? position : [])),
    [2, 3],
  );
  await next.journal.close();
});

test("damage in any segment is said once with its place, counted, and kept when what is behind it is saved", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  for (let n = 0; n < 7; n++) await write(journal, "x".repeat(6 * KIB));
  await journal.close();
  const [first = "", , , last = ""] = files.names().filter((name) => name.endsWith(".seg"));
  files.content(first).writeUInt8(1, 100);
  files.put(last, files.content(last).subarray(0, -5));
  const next = await opened(dir, files);
  assert.deepEqual(next.lines, [
    "the end of the journal is cut off: it was being written",
    "a part of the journal cannot be read: it is set aside",
  ]);
  const entry = 6 * KIB + RECORD_HEADER_BYTES + 12;
  assert.equal(next.journal.report.unreadableBytes, 2 * entry + entry - 5);
  next.journal.trim(6);
  await next.journal.close();
  assert.deepEqual(
    files.names().filter((name) => name.startsWith(first)),
    [`${first}.damaged`],
  );
});

test("damage that only a replay finds is counted once, and the segment set aside", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  await write(journal, "one");
  await write(journal, "two");
  const [path = ""] = files.names().filter((name) => name.endsWith(".seg"));
  const bytes = Buffer.from(files.content(path));
  bytes[bytes.length - 1] = 0;
  files.put(path, bytes);
  journal.lost(1, 3); // what comes next is in another segment
  await write(journal, "three");
  for (const _ of ["worker 1", "worker 2"])
    for await (const __ of journalRecords({
      dir,
      files,
      from: 0,
      onDamage() {},
      unreadable: (one) => journal.unreadable(one),
    }));
  assert.equal(journal.report.unreadableBytes, 12 + RECORD_HEADER_BYTES + 3);
  journal.trim(4);
  await journal.close();
  assert.ok(files.names().includes(`${path}.damaged`));
});

test("another process that has it, or a directory that cannot be used, is said at the start", async (t) => {
  const [dir, files] = [directory(t), new MemoryFiles()];
  const { journal } = await opened(dir, files);
  const isTaken = (thrown: unknown): boolean =>
    thrown instanceof FastTsError &&
    thrown.code === "FTS_START" &&
    /another option or daemon of this process uses it/.test(thrown.message);
  await assert.rejects(opened(dir, files), isTaken);
  await journal.close();
  files.fault = (call) => (call === "makeDirectory" ? new Error("denied") : null);
  await assert.rejects(opened(dir, files), /FTS_START|denied/);
});

test("whenever the power is cut: with always all that was acknowledged is read, once and in its order", async (t) => {
  const dir = directory(t);
  const life = fc.tuple(fc.array(fc.nat({ max: 200 }), { maxLength: 20 }), fc.nat({ max: 120 }), fc.boolean());
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), chance, async (lives, random) => {
      const files = new MemoryFiles();
      const acknowledged: string[] = [];
      const tried = new Set<string>();
      let serial = 0;
      for (const [lengths, calls, isKilled] of lives) {
        files.left = calls;
        let journal: Journal | null = null;
        try {
          journal = (await opened(dir, files)).journal;
          for (const length of lengths) {
            const text = `${serial++}:${"x".repeat(length)}`;
            tried.add(text);
            await write(journal, text);
            acknowledged.push(text);
          }
        } catch (thrown) {
          if (!(thrown instanceof PowerCut || (thrown instanceof Error && /power/.test(thrown.message)))) throw thrown;
        }
        files.left = Number.POSITIVE_INFINITY;
        await journal?.close().catch(() => {});
        if (isKilled) files.kill();
        else files.restart(() => random.next().value ?? 0);
        const found = (await read(dir, files)).flatMap(({ kind, frames }) => (kind === "frames" ? `${frames}` : []));
        assert.equal(new Set(found).size, found.length, "none twice");
        assert.ok(
          found.every((text) => tried.has(text)),
          "none garbled",
        );
        const isAcknowledged = new Set(acknowledged);
        assert.deepEqual(
          found.filter((text) => isAcknowledged.has(text)),
          acknowledged,
        );
      }
    }),
    { numRuns: rounds(150) },
  );
});
