import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { RotatingFile } from "../../src/capture/rotating-file.ts";
import { FastTsError } from "../../src/errors.ts";
import { type FileLayer, NODE_FILES } from "../../src/state/file-layer.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles } from "../state/memory-files.ts";
import { BEGUN, type Came, captureOf, readBack, runOf, somePath } from "./captured.ts";

const MANY = Number.MAX_SAFE_INTEGER;

async function open(t: TestContext, path: string, size = MANY, files = 4, layer = NODE_FILES): Promise<RotatingFile> {
  const file = new RotatingFile({ path, size, files, clock: new VirtualClock(BEGUN), layer });
  t.after(() => file.close());
  await file.open();
  return file;
}

/** Appends all runs, however many files that takes. */
async function append(file: RotatingFile, came: readonly Came[]): Promise<void> {
  const bytes = Buffer.concat(came.map(runOf));
  for (let at = 0; at < bytes.length; ) at = await file.append(bytes, at, bytes.length);
}

const numbered = (count: number): Came[] =>
  Array.from({ length: count }, (_, at) => ({ arrival: at + 1, frames: [[`service ${at}`]] }));
const services = (path: string): string[] => readBack(path).runs.map(([, service]) => String(service));
const filesOf = (path: string): string[] =>
  readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));

const refused = (words: string) => (error: unknown) => {
  assert.ok(error instanceof FastTsError);
  assert.equal(error.code, "FTS_START");
  assert.ok(error.message.includes(words), error.message);
  return true;
};

test("what was appended is what is read, wherever the runs were cut into writes and files", async (t) => {
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
      const file = await open(t, path, size, 20);
      await append(file, runs.slice(0, cut));
      await append(file, runs.slice(cut));
      await file.close();
      const expected = runs.map(({ arrival, frames }) => [arrival, ...frames.flat()]);
      assert.deepEqual(readBack(path), { runs: expected, cuts: [] });
      for (const name of filesOf(path)) {
        const { runs: within } = readBack(`${dirname(path)}/${name}`);
        const bytes = statSync(`${dirname(path)}/${name}`).size;
        assert.ok(bytes <= size || within.length <= 1 || name === basename(path), `${name} has ${bytes} bytes`);
      }
    }),
    { numRuns: rounds(20) },
  );
});

test("a full file is rotated away, and the oldest goes when there are too many", async (t) => {
  const path = somePath(t);
  const size = captureOf(numbered(2)).length;
  await append(await open(t, path, size, 3), numbered(9));
  assert.deepEqual(filesOf(path), ["capture", "capture.1", "capture.2"]);
  assert.deepEqual(services(path), ["service 4", "service 5", "service 6", "service 7", "service 8"]);
  assert.deepEqual(services(`${path}.1`), ["service 6", "service 7"]);
});

test("with one file the old one is thrown away", async (t) => {
  const path = somePath(t);
  await append(await open(t, path, 1, 1), numbered(3));
  assert.deepEqual(filesOf(path), ["capture"]);
  assert.deepEqual(services(path), ["service 2"]);
});

test("a start keeps what was recorded before, cut short or not, but nothing that holds no run", async (t) => {
  const path = somePath(t);
  writeFileSync(path, captureOf(numbered(2)).subarray(0, -1));
  const file = await open(t, path);
  await append(file, [{ arrival: 5, frames: [["new"]] }]);
  await file.close();
  assert.deepEqual(services(path), ["service 0", "new"]);
  await (await open(t, path)).close();
  assert.deepEqual(filesOf(path), ["capture", "capture.1", "capture.2"]);
  await open(t, path);
  assert.deepEqual(filesOf(path), ["capture", "capture.1", "capture.2"]);
});

test("only the owner may read it", async (t) => {
  const path = somePath(t);
  await append(await open(t, path, 1), numbered(2));
  assert.deepEqual([statSync(path).mode & 0o777, statSync(`${path}.1`).mode & 0o777], [0o600, 0o600]);
});

test("a write that fails leaves nothing of itself, and the next one stands behind the last that went well", async (t) => {
  const path = somePath(t);
  let isFull = false;
  const write: FileLayer["write"] = async (descriptor, bytes, at) => {
    await NODE_FILES.write(descriptor, isFull ? bytes.subarray(0, 20) : bytes, at);
    if (isFull) throw new Error("no space");
  };
  const file = await open(t, path, MANY, 4, { ...NODE_FILES, write });
  await append(file, numbered(1));
  const before = readFileSync(path);
  isFull = true;
  await assert.rejects(append(file, [{ arrival: 7, frames: [["torn"]] }]), /no space/);
  isFull = false;
  assert.deepEqual(readFileSync(path), before);
  await append(file, [{ arrival: 8, frames: [["next"]] }]);
  assert.deepEqual(services(path), ["service 0", "next"]);
});

test("what cannot be recorded to is refused with the reason, and is as it was", async (t) => {
  const path = somePath(t);
  await assert.rejects(open(t, `${path}/nowhere/x`), refused("its directory does not exist; create it"));
  writeFileSync(path, "precious");
  await assert.rejects(
    open(t, path),
    refused('a file is there that is no capture: it begins with "preciou", not with "FTSCAPT"'),
  );
  assert.equal(readFileSync(path, "utf8"), "precious");
  await assert.rejects(open(t, `${path}/x`), refused("its directory is a file"));
  mkdirSync(`${path}.d`);
  await assert.rejects(open(t, `${path}.d`), refused("it is no regular file"));
  await assert.rejects(open(t, "/dev/null"), refused("it is no regular file"));
});

test("whenever the process is killed, what was written is read after the next start, in order, and at most a cut run more", async (t) => {
  const came = numbered(6);
  for (let calls = 0, isKilled = true; isKilled; calls++) {
    const path = somePath(t);
    const files = new MemoryFiles();
    files.left = calls;
    let kept = 0;
    const first = new RotatingFile({ path, size: 100, files: 9, clock: new VirtualClock(BEGUN), layer: files });
    try {
      await first.open();
      for (const run of came) {
        await append(first, [run]);
        kept++;
      }
      isKilled = false;
    } catch {
      // killed
    }
    files.kill();
    await first.close();
    const next = await open(t, path, 100, 9, files);
    await append(next, [{ arrival: 99, frames: [["next"]] }]);
    await next.close();
    for (const name of files.names()) writeFileSync(name, files.content(name));
    const read = services(path);
    const whole = came.map((_, at) => `service ${at}`);
    assert.ok(read.length - 1 >= kept, `killed at call ${calls}: ${kept} were written, ${read} are there`);
    assert.deepEqual(read, [...whole.slice(0, read.length - 1), "next"], `killed at call ${calls}`);
  }
});

test("a file that is recorded in is refused to others until it is closed, and they change nothing", async (t) => {
  const path = somePath(t);
  const first = await open(t, path);
  await append(first, numbered(1));
  await assert.rejects(open(t, path), refused("another fast-ts records there; name another file"));
  await assert.rejects(open(t, `${dirname(path)}/../${basename(dirname(path))}/${basename(path)}`), refused("another"));
  await append(first, numbered(2));
  await first.close();
  assert.deepEqual([filesOf(path), services(path)], [[basename(path)], ["service 0", "service 0", "service 1"]]);
  await open(t, path);
});
