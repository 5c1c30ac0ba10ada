import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Capture } from "../../src/capture/capture.ts";
import { captureHeader } from "../../src/capture/format.ts";
import { FastTsError } from "../../src/errors.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { share } from "../rounds.ts";
import { append, BEGUN, type Came, captureOf, openLog, readBack, record, runOf, somePath } from "./captured.ts";

const CAME: readonly Came[] = [
  { arrival: 1001.25, frames: [["a"], ["b", "c"]] },
  { arrival: 1002.5, frames: [[]] },
  { arrival: 1003, frames: [["d"]] },
];
const RUNS = [[1001.25, "a", "b", "c"], [1002.5], [1003, "d"]];
const oldNote = (...files: string[]): string =>
  `recorded by an earlier fast-ts, without checksums: not all damage is noticed: ${files.join(", ")}`;

const broken = (message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof FastTsError);
  assert.equal(error.code, "FTS_CAPTURE");
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

/** The files of a recording, the oldest first. */
const segmentsOf = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith(".seg"))
    .sort()
    .map((name) => join(dir, name));

/** A recording of so many messages, three in each file. */
async function longRecord(t: TestContext, dir: string, count: number): Promise<void> {
  const came = Array.from({ length: count }, (_, at): Came => ({ arrival: 1_001 + at, frames: [[`s${at}`]] }));
  const log = await openLog(t, dir, { size: 210, files: 100 });
  await append(log, came);
  await log.close();
}

test("a recording is read as it was written, and events without a time have that of their arrival", async (t) => {
  const path = somePath(t);
  await record(t, path, CAME);
  assert.deepEqual(await readBack(path), { runs: RUNS, notes: [], damage: [] });
  const capture = await Capture.open(path);
  t.after(() => capture.close());
  assert.equal(capture.begun, BEGUN);
  const times: (number | null)[] = [];
  for await (const { events } of capture.batches()) times.push(...events.map(({ time }) => time));
  assert.deepEqual(times, [1001.25, 1001.25, 1001.25, 1003]);
});

test("wherever a recording is cut, all that was written at once before the cut is read", async (t) => {
  const path = somePath(t);
  await record(t, path, CAME);
  const [segment = ""] = segmentsOf(path);
  const whole = readFileSync(segment);
  let last = -1;
  for (const length of [...share([...whole.keys()], 1, 0), whole.length]) {
    writeFileSync(segment, whole.subarray(0, length));
    const { runs, damage } = await readBack(path);
    assert.deepEqual([runs, damage], [RUNS.slice(0, runs.length), []], `cut at ${length}`);
    assert.ok(runs.length >= last);
    last = runs.length;
  }
  assert.equal(last, RUNS.length);
});

test("wherever a recording is damaged, all other files are read, and it is told", async (t) => {
  const path = somePath(t);
  await longRecord(t, path, 5);
  const all = (await readBack(path)).runs;
  const segments = segmentsOf(path);
  assert.ok(segments.length >= 2);
  for (const [at, segment] of segments.entries()) {
    const whole = readFileSync(segment);
    for (const byte of share([...whole.keys()], 1, at)) {
      const changed = Buffer.from(whole);
      changed[byte] = (changed[byte] ?? 0) ^ 0x20;
      writeFileSync(segment, changed);
      const { runs, damage } = await readBack(path);
      assert.ok(runs.every((run) => all.some((one) => String(one) === String(run))));
      assert.ok(runs.length < all.length || byte >= whole.length);
      const isLast = at === segments.length - 1;
      if (!isLast)
        assert.match(String(damage), new RegExp(`${basename(segment)} is damaged at byte \\d+: .*missing: [1-9]`));
      else assert.ok(damage.length === 1 || all.length - runs.length === 1, "what it was killed at is not told");
    }
    writeFileSync(segment, whole);
  }
});

test("a file of a recording that is missing is told, and the others are read", async (t) => {
  const path = somePath(t);
  await longRecord(t, path, 9);
  const [, second = ""] = segmentsOf(path);
  const all = (await readBack(path)).runs.length;
  unlinkSync(second);
  const { runs, damage } = await readBack(path);
  assert.ok(runs.length < all);
  assert.match(String(damage), /its end is missing; messages that are missing: [1-9]/);
});

test("a recording whose oldest files go while it is read says how many messages went", async (t) => {
  const path = somePath(t);
  await longRecord(t, path, 9);
  const capture = await Capture.open(path);
  t.after(() => capture.close());
  for (const segment of segmentsOf(path)) unlinkSync(segment);
  let runs = 0;
  for await (const _ of capture.batches()) runs++;
  const lost = capture.report.damage.map((words) =>
    Number(/it was removed meanwhile.*missing: (\d+)$/.exec(words)?.[1]),
  );
  assert.equal(
    lost.reduce((sum, count) => sum + count, runs),
    9,
  );
});

test("a directory without a recording, and one of something else, are named with what to do", async (t) => {
  const path = somePath(t);
  mkdirSync(path);
  assert.deepEqual(await readBack(path), {
    runs: [],
    notes: [],
    damage: [`${path} has no file of a recording; name what fast-ts start --record wrote`],
  });
  const log = await SegmentLog.open({ dir: path, files: NODE_FILES, onDamage() {} });
  await log.append([{ items: 1, payload: Buffer.from("another's") }]);
  await log.close();
  await assert.rejects(
    Capture.open(path),
    broken(`${path} is no capture of fast-ts start --record: it begins with "another", not with "FTSCAPT"`),
  );
});

test("files of before recordings were logs are read in front of the log, the oldest first", async (t) => {
  const path = somePath(t);
  const file = (came: Came): Buffer => captureOf([came]);
  writeFileSync(`${path}.1`, Buffer.concat([file({ arrival: 3, frames: [["middle"]] }), Buffer.from([0, 0, 1])]));
  writeFileSync(`${path}.2`, file({ arrival: 2, frames: [["oldest"]] }));
  writeFileSync(`${path}.4`, file({ arrival: 1, frames: [["another's"]] }));
  const old = [
    [2, "oldest"],
    [3, "middle"],
  ];
  const cut = `${path}.1 ends within a message at byte ${file({ arrival: 3, frames: [["middle"]] }).length}: it was read up to there`;
  writeFileSync(path, file({ arrival: 4, frames: [["newest"]] }));
  assert.deepEqual(await readBack(path), {
    runs: [...old, [4, "newest"]],
    notes: [oldNote(`${path}.2`, `${path}.1`, path), cut],
    damage: [],
  });
  assert.deepEqual((await readBack(`${path}.1`)).runs, [[3, "middle"]]);
  unlinkSync(path);
  await record(t, path, [{ arrival: 4, frames: [["in the log"]] }]);
  assert.deepEqual(await readBack(path), {
    runs: [...old, [4, "in the log"]],
    notes: [oldNote(`${path}.2`, `${path}.1`), cut],
    damage: [],
  });
});

test("wherever a file of before is cut, all whole runs before the cut are read", async (t) => {
  const path = somePath(t);
  const whole = captureOf(CAME);
  const ends = CAME.map((_, at) => captureOf(CAME.slice(0, at + 1)).length);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const { runs, notes, damage } = await readBack(path);
    const expected = RUNS.filter((_, at) => (ends[at] ?? 0) <= length);
    const good = ends[expected.length - 1] ?? 16;
    const cut = `${path} ends within a message at byte ${good}: it was read up to there`;
    assert.deepEqual({ runs, damage }, { runs: expected, damage: [] }, `cut at ${length}`);
    assert.deepEqual(notes, [oldNote(path), ...(length <= 16 || good === length ? [] : [cut])], `cut at ${length}`);
  }
});

test("an empty file is a capture of nothing", async (t) => {
  const path = somePath(t);
  writeFileSync(path, "");
  assert.deepEqual(await readBack(path), { runs: [], notes: [oldNote(path)], damage: [] });
});

test("a run larger than what is read at once is read whole", async (t) => {
  const path = somePath(t);
  const long = "x".repeat(700_000);
  const came: Came[] = [...CAME, { arrival: 1004, frames: [[long]] }, { arrival: 1005, frames: [["after"]] }];
  writeFileSync(`${path}.old`, captureOf(came));
  await record(t, path, came);
  for (const one of [`${path}.old`, path])
    assert.deepEqual((await readBack(one)).runs, [...RUNS, [1004, long], [1005, "after"]]);
});

test("a recording that is missing, no capture, or of another version is named with what to do", async (t) => {
  const path = somePath(t);
  await assert.rejects(
    Capture.open(path),
    broken(`${path}: there is no such recording; name what fast-ts start --record wrote`),
  );
  writeFileSync(path, "hello world, this is no capture");
  await assert.rejects(
    Capture.open(path),
    broken(`${path} is no capture of fast-ts start --record: it begins with "hello w", not with "FTSCAPT"`),
  );
  const later = captureHeader(BEGUN);
  later[7] = 9;
  writeFileSync(path, later);
  await assert.rejects(Capture.open(path), broken(/its format is version 9, this fast-ts knows version 1$/));
  writeFileSync(path, captureHeader(Number.NaN));
  await assert.rejects(Capture.open(path), broken(/its time is no time$/));
});

test("a file of before may be named by a link", async (t) => {
  const path = somePath(t);
  writeFileSync(`${path}.real`, captureOf(CAME));
  symlinkSync(`${path}.real`, path);
  assert.deepEqual((await readBack(path)).runs, RUNS);
});

test("damage of a file of before is named with file and byte, after all that stands before it", async (t) => {
  const path = somePath(t);
  const good = captureOf(CAME.slice(0, 1));
  const length = (bytes: Buffer): Buffer => {
    bytes.writeUInt32BE(bytes.readUInt32BE(0) - 1, 0);
    return bytes;
  };
  const count = (bytes: Buffer): Buffer => {
    bytes.writeUInt32BE(2, 4);
    return bytes;
  };
  const otherCodec = runOf({ arrival: 5, frames: [["x"]] });
  otherCodec[4] = 7;
  const noMsg = runOf({ arrival: 5, frames: [[], ["ok"]] });
  noMsg[16 + 4 + 4] = 0x07; // the first byte of the second frame's message: no tag is like that
  for (const [bytes, at, words] of [
    [Buffer.alloc(32), 0, "no run of frames begins here"],
    [Buffer.alloc(64, 0xff), 0, "no run of frames begins here"],
    [runOf({ arrival: 1e300, frames: [["x"]] }), 0, "no run of frames begins here"],
    [length(runOf({ arrival: 5, frames: [["x"]] })), 0, "the frames of this run do not end where it ends"],
    [count(runOf({ arrival: 5, frames: [["xyz"]] })), 0, "this run holds 1 frames, not the 2 it says"],
    [otherCodec, 0, "its messages are of the format 7, which this fast-ts does not know"],
    [noMsg, 20, "a message that is not Riemann protobuf: "],
  ] as const) {
    writeFileSync(path, Buffer.concat([good, bytes]));
    const { runs, damage } = await readBack(path);
    assert.deepEqual(runs, RUNS.slice(0, 1));
    assert.ok(damage[0]?.startsWith(`${path} is damaged at byte ${good.length + at}: ${words}`), damage[0]);
  }
});

test("queries are passed over, their events are not", async (t) => {
  const path = somePath(t);
  const frame = encodeFrame({ query: { string: "true" }, events: [{ service: "beside" }] });
  const run = Buffer.concat([Buffer.alloc(16), frame]);
  run.writeUInt32BE(frame.length, 0);
  run.writeUInt32BE(1, 4);
  run.writeDoubleBE(7, 8);
  writeFileSync(path, Buffer.concat([captureHeader(BEGUN), run]));
  assert.deepEqual((await readBack(path)).runs, [[7, "beside"]]);
});
