import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import type { CaptureLog } from "../../src/capture/capture-log.ts";
import { GatheredRuns } from "../../src/capture/gathered-runs.ts";
import { FastTsError } from "../../src/errors.ts";
import { bytesOf } from "../../src/state/entry.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { FileLock } from "../../src/state/file-lock.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles } from "../state/memory-files.ts";
import {
  append,
  BEGUN,
  type Came,
  captureOf,
  entryOf,
  openLog,
  QUIET,
  readBack,
  record,
  somePath,
} from "./captured.ts";

const numbered = (count: number, from = 0): Came[] =>
  Array.from({ length: count }, (_, at) => ({ arrival: at + 1, frames: [[`service ${from + at}`]] }));
const services = async (path: string): Promise<string[]> => (await readBack(path)).runs.map(([, name]) => String(name));
const filesOf = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith(".seg"));
/** Bytes of an entry of `numbered`. */
const ENTRY = bytesOf([entryOf({ arrival: 1, frames: [["service 0"]] })]);

const refused = (words: string) => (error: unknown) => {
  assert.ok(error instanceof FastTsError);
  assert.equal(error.code, "FTS_START");
  assert.ok(error.message.includes(words), error.message);
  return true;
};

test("what was appended is what is read, over restarts and wherever files end", async (t) => {
  const came = fc.array(
    fc.record({
      arrival: fc.double({ noNaN: true, min: 1, max: 2e9 }),
      frames: fc.array(fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(came, fc.integer({ min: 1, max: 400 }), fc.nat(12), async (runs, size, cut) => {
      const path = somePath(t);
      for (const part of [runs.slice(0, cut), runs.slice(cut)]) {
        const log = await openLog(t, path, { size, files: 30 });
        await append(log, part);
        await log.close();
      }
      const expected = runs.map(({ arrival, frames }) => [arrival, ...frames.flat()]);
      assert.deepEqual(await readBack(path), { runs: expected, notes: [], damage: [] });
      // The first has an entry of each start in front.
      const longest = Math.max(0, ...runs.map((run) => bytesOf([entryOf(run)]))) + 2 * GatheredRuns.bytesFor(0);
      for (const name of filesOf(path)) assert.ok(statSync(join(path, name)).size <= Math.max(size, longest + 8));
    }),
    { numRuns: rounds(20) },
  );
});

test("there are as many files as there may be, and the oldest go", async (t) => {
  const path = somePath(t);
  const log = await openLog(t, path, { size: 8 + 2 * ENTRY, files: 3 });
  await append(log, numbered(9));
  assert.equal(filesOf(path).length, 3);
  assert.deepEqual(
    await services(path),
    [3, 4, 5, 6, 7, 8].map((at) => `service ${at}`),
  );
  await log.close();
  await append(await openLog(t, path, { size: 8 + 2 * ENTRY, files: 1 }), numbered(1, 9));
  assert.deepEqual(await services(path), ["service 9"]);
});

test("a start goes on in the last file: it pushes no traffic out", async (t) => {
  const path = somePath(t);
  for (let n = 0; n < 9; n++) {
    const log = await openLog(t, path, { files: 2 });
    await append(log, numbered(1, n));
    await log.close();
  }
  assert.deepEqual([filesOf(path).length, (await services(path)).length], [1, 9]);
});

test("only the owner may read it", async (t) => {
  const path = somePath(t);
  await record(t, path, numbered(1));
  const modes = [path, ...readdirSync(path).map((name) => join(path, name))].map((name) => statSync(name).mode & 0o777);
  assert.deepEqual(new Set(modes), new Set([0o700, 0o600]));
});

test("a write that fails leaves nothing of itself, and the next one stands behind the last that went well", async (t) => {
  const path = somePath(t);
  mkdirSync(path);
  const layer = new MemoryFiles();
  const log = await openLog(t, path, { layer });
  await append(log, numbered(1));
  layer.capacity = layer.bytes + ENTRY / 2;
  await assert.rejects(append(log, numbered(1, 1)), /ENOSPC/);
  layer.capacity = Number.POSITIVE_INFINITY;
  await append(log, numbered(1, 2));
  await log.close();
  for (const name of layer.names()) writeFileSync(name, layer.content(name));
  assert.deepEqual(await readBack(path), {
    runs: [
      [1, "service 0"],
      [1, "service 2"],
    ],
    notes: [],
    damage: [],
  });
});

test("a file that cannot be removed is told, and goes at the next start", async (t) => {
  const path = somePath(t);
  mkdirSync(path);
  const layer = new MemoryFiles();
  const lines: string[] = [];
  const warn = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const options = { layer, size: 8 + ENTRY, files: 2, log: { ...QUIET, warn } };
  const log = await openLog(t, path, options);
  await append(log, numbered(2));
  layer.fault = (call) => (call === "remove" ? new Error("EACCES") : null);
  await append(log, numbered(1, 2));
  layer.fault = () => null;
  const dir = path;
  assert.deepEqual(lines, [
    `an old file of the recording cannot be removed ${JSON.stringify({ dir, error: "EACCES" })}`,
  ]);
  await log.close();
  await openLog(t, path, options);
  assert.equal(layer.names().filter((name) => name.endsWith(".seg")).length, 2);
});

test("a directory that is removed or renamed is noticed within a second, and made again", async (t) => {
  const path = somePath(t);
  const lines: string[] = [];
  const warn = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const clock = new VirtualClock(BEGUN);
  const log = await openLog(t, path, { clock, log: { ...QUIET, warn } });
  await append(log, numbered(2));
  renameSync(path, `${path}.old`);
  await append(log, numbered(1, 2));
  clock.advanceTo(clock.elapsed() + 1);
  await append(log, numbered(2, 3));
  assert.deepEqual(await services(`${path}.old`), ["service 0", "service 1", "service 2"]);
  assert.deepEqual(await services(path), ["service 3", "service 4"]);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^files of the recording were removed or cut short: .*"frames":3}$/);
  rmSync(path, { recursive: true });
  clock.advanceTo(clock.elapsed() + 1);
  await append(log, numbered(1, 5));
  assert.deepEqual([await services(path), lines.length], [["service 5"], 2]);
});

test("whenever the process is killed, or the power is cut, what is read is the beginning of what was written", async (t) => {
  const came = numbered(6);
  for (const isPowerCut of [false, true])
    for (let calls = 0, isKilled = true; isKilled; calls++) {
      const path = somePath(t);
      mkdirSync(path);
      const layer = new MemoryFiles();
      layer.left = calls;
      let kept = 0;
      let first: CaptureLog | null = null;
      try {
        first = await openLog(t, path, { layer, size: 8 + 2 * ENTRY, files: 9 });
        for (const run of came) {
          await append(first, [run]);
          kept++;
        }
        isKilled = false;
      } catch {
        // killed
      }
      await first?.close().catch(() => {});
      if (isPowerCut) layer.restart(() => 0.5);
      else layer.kill();
      const next = await openLog(t, path, { layer, size: 8 + 2 * ENTRY, files: 9 });
      await append(next, [{ arrival: 99, frames: [["next"]] }]);
      await next.close();
      for (const name of layer.names()) writeFileSync(name, layer.content(name));
      const { runs, damage } = await readBack(path);
      const read = runs.map(([, name]) => name);
      const all = came.map((_, at) => `service ${at}`);
      if (!isPowerCut)
        assert.ok(read.length - 1 >= kept, `killed at call ${calls}: ${kept} written, ${read.length} there`);
      assert.deepEqual(read, [...all.filter((name) => read.includes(name)), "next"], `killed at call ${calls}`);
      if (!isPowerCut) assert.deepEqual(damage, []);
    }
});

test("a recording is one process's until it is closed, by whatever name, and others change nothing", async (t) => {
  const path = somePath(t);
  const first = await openLog(t, path);
  await append(first, numbered(1));
  symlinkSync(path, `${path}.link`);
  for (const name of [path, `${dirname(path)}/../${basename(dirname(path))}/${basename(path)}`, `${path}.link`])
    await assert.rejects(
      openLog(t, name),
      refused("another option or daemon of this process records there; name another"),
    );
  await append(first, numbered(1, 1));
  await first.close();
  assert.deepEqual(await services(path), ["service 0", "service 1"]);
  await openLog(t, path);
});

test("what cannot be recorded to is refused with the reason, and is as it was", async (t) => {
  const path = somePath(t);
  writeFileSync(path, "precious");
  await assert.rejects(
    openLog(t, path),
    refused(`${path} is no capture of fast-ts start --record: it begins with "preciou", not with "FTSCAPT"`),
  );
  assert.equal(readFileSync(path, "utf8"), "precious");
  await assert.rejects(openLog(t, `${path}/x`), refused("a part of that path is a file"));
  await assert.rejects(openLog(t, "/dev/null"), refused("something else has that name"));
  mkdirSync(`${path}.d`);
  const other = await SegmentLog.open({ dir: `${path}.d`, files: NODE_FILES, onDamage() {} });
  await other.append([{ items: 1, payload: Buffer.from("another's") }]);
  await other.close();
  const before = readdirSync(`${path}.d`).map((name) => readFileSync(join(`${path}.d`, name)));
  await assert.rejects(openLog(t, `${path}.d`), refused('it begins with "another"'));
  assert.deepEqual(
    readdirSync(`${path}.d`).map((name) => readFileSync(join(`${path}.d`, name))),
    before,
  );
});

test("a recording of before, which is a file, is kept beside the log, and read in front of it", async (t) => {
  const path = somePath(t);
  writeFileSync(`${path}.1`, captureOf(numbered(1)));
  writeFileSync(path, captureOf(numbered(1, 1)).subarray(0, -1));
  writeFileSync(`${path}.3`, "another's");
  const lines: string[] = [];
  const warn = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = await openLog(t, path, { log: { ...QUIET, warn } });
  await append(log, numbered(1, 2));
  await log.close();
  await record(t, path, numbered(1, 3));
  assert.deepEqual(readFileSync(`${path}.2`), captureOf(numbered(1)));
  assert.deepEqual(readFileSync(`${path}.1`), captureOf(numbered(1, 1)).subarray(0, -1));
  assert.equal(readFileSync(`${path}.3`, "utf8"), "another's");
  assert.deepEqual(lines, [
    `a recording is a directory now: the file of an earlier fast-ts has a number, fast-ts replay reads it too ${JSON.stringify({ dir: path, file: `${path}.1` })}`,
  ]);
});

test("a file in which an earlier fast-ts still records is left to it", async (t) => {
  const path = somePath(t);
  writeFileSync(path, captureOf(numbered(1)));
  const lock = await FileLock.take(path);
  await assert.rejects(openLog(t, path), refused("records there; name another directory"));
  await lock?.release();
  assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
});
