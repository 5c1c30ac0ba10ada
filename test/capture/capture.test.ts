import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Capture } from "../../src/capture/capture.ts";
import { captureHeader } from "../../src/capture/format.ts";
import { FastTsError } from "../../src/errors.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { BEGUN, type Came, captureOf, readBack, runOf, somePath } from "./captured.ts";

const CAME: readonly Came[] = [
  { arrival: 1001.25, frames: [["a"], ["b", "c"]] },
  { arrival: 1002.5, frames: [[]] },
  { arrival: 1003, frames: [["d"]] },
];
const RUNS = [[1001.25, "a", "b", "c"], [1002.5], [1003, "d"]];

const broken = (message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof FastTsError);
  assert.equal(error.code, "FTS_CAPTURE");
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

test("a capture is read as it was written, and events without a time have that of their arrival", (t) => {
  const path = somePath(t);
  writeFileSync(path, captureOf(CAME));
  assert.deepEqual(readBack(path), { runs: RUNS, cuts: [] });
  const capture = new Capture(path);
  t.after(() => capture.close());
  assert.equal(capture.begun, BEGUN);
  assert.deepEqual(
    [...capture.batches()].flatMap((batch) => batch.events.map((event) => event.time)),
    [1001.25, 1001.25, 1001.25, 1003],
  );
});

test("wherever a capture is cut, all whole runs before the cut are read", (t) => {
  const path = somePath(t);
  const whole = captureOf(CAME);
  const ends = CAME.map((_, at) => captureOf(CAME.slice(0, at + 1)).length);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const { runs, cuts } = readBack(path);
    const expected = RUNS.filter((_, at) => (ends[at] ?? 0) <= length);
    const good = length < 16 ? 0 : (ends[expected.length - 1] ?? 16);
    assert.deepEqual({ runs, cuts }, { runs: expected, cuts: good === length ? [] : [good] }, `cut at ${length}`);
  }
});

test("an empty file is a capture of nothing", (t) => {
  const path = somePath(t);
  writeFileSync(path, "");
  const capture = new Capture(path);
  capture.close();
  assert.equal(capture.begun, null);
  assert.deepEqual(readBack(path), { runs: [], cuts: [] });
});

test("what was rotated away comes first, oldest first, though one of the files was cut", (t) => {
  const path = somePath(t);
  const file = (came: Came): Buffer => captureOf([came]);
  writeFileSync(path, file({ arrival: 4, frames: [["newest"]] }));
  writeFileSync(`${path}.1`, Buffer.concat([file({ arrival: 3, frames: [["middle"]] }), Buffer.from([0, 0, 1])]));
  writeFileSync(`${path}.2`, file({ arrival: 2, frames: [["oldest"]] }));
  writeFileSync(`${path}.4`, file({ arrival: 1, frames: [["another's"]] }));
  const { runs, cuts } = readBack(path);
  assert.deepEqual(runs, [
    [2, "oldest"],
    [3, "middle"],
    [4, "newest"],
  ]);
  assert.equal(cuts.length, 1);
  assert.deepEqual(readBack(`${path}.1`).runs, [[3, "middle"]]);
});

test("a run larger than what is read at once is read whole", (t) => {
  const path = somePath(t);
  const long = "x".repeat(700_000);
  writeFileSync(
    path,
    captureOf([...CAME, { arrival: 1004, frames: [[long]] }, { arrival: 1005, frames: [["after"]] }]),
  );
  assert.deepEqual(readBack(path).runs, [...RUNS, [1004, long], [1005, "after"]]);
});

test("a file that is missing, a directory, no capture, or of another version is named with what to do", (t) => {
  const path = somePath(t);
  assert.throws(
    () => new Capture(path),
    broken(`${path}: there is no such file; name what fast-ts start --record wrote`),
  );
  mkdirSync(path);
  assert.throws(() => new Capture(path), broken(/: is a directory; name the file in it/));
  const text = `${path}.txt`;
  writeFileSync(text, "hello world, this is no capture");
  assert.throws(
    () => new Capture(text),
    broken(`${text} is no capture of fast-ts start --record: it begins with "hello w", not with "FTSCAPT"`),
  );
  const later = captureHeader(BEGUN);
  later[7] = 9;
  writeFileSync(text, later);
  assert.throws(() => new Capture(text), broken(/its format is version 9, this fast-ts knows version 1$/));
  writeFileSync(text, captureHeader(Number.NaN));
  assert.throws(() => new Capture(text), broken(/its time is no time$/));
});

test("damage is named with file and byte, after all that stands before it", (t) => {
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
    const capture = new Capture(path);
    const batches = capture.batches();
    assert.equal(batches.next().value?.arrival, 1001.25);
    assert.throws(
      () => batches.next(),
      (error) =>
        error instanceof Error && error.message.startsWith(`${path} is damaged at byte ${good.length + at}: ${words}`),
    );
    capture.close();
  }
});

test("queries are passed over, their events are not", (t) => {
  const path = somePath(t);
  const frame = encodeFrame({ query: { string: "true" }, events: [{ service: "beside" }] });
  const run = Buffer.concat([Buffer.alloc(16), frame]);
  run.writeUInt32BE(frame.length, 0);
  run.writeUInt32BE(1, 4);
  run.writeDoubleBE(7, 8);
  writeFileSync(path, Buffer.concat([captureHeader(BEGUN), run]));
  assert.deepEqual(readBack(path).runs, [[7, "beside"]]);
});
