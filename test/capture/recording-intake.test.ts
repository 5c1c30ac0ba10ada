import assert from "node:assert/strict";
import { test } from "node:test";
import { Recorder } from "../../src/capture/recorder.ts";
import { RecordingIntake } from "../../src/capture/recording-intake.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { MALFORMED, OK, QUERY } from "../../src/wire/decode.ts";
import { FakeIntake, frame } from "../ingest/fake-intake.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

test("frames are recorded as they are kept, those with a query too, and what was malformed is not", async () => {
  const written: Buffer[] = [];
  const disk = {
    append: async (bytes: Buffer, from: number, end: number) => {
      written.push(Buffer.from(bytes.subarray(from, end)));
      return end;
    },
    close: async () => {},
  };
  const clock = new VirtualClock(100);
  const recorder = new Recorder({ disk, clock, log: QUIET, maxFrame: 1000 });
  const fake = new FakeIntake();
  const intake = new RecordingIntake(fake, recorder);
  const bytes = Buffer.concat([frame("ab"), frame("*"), frame("\xff")]);
  assert.equal(intake.take(bytes, 4, 6), OK);
  assert.equal(intake.take(bytes, 10, 11), QUERY);
  intake.keep(bytes, 0, 11);
  assert.equal(intake.take(bytes, 15, 16), MALFORMED);
  assert.equal(intake.take(bytes, 4, 6), OK);
  intake.keep(bytes, 0, 6);
  intake.offer();
  assert.deepEqual(fake.offered, ["ab", "*", "ab"]);
  await recorder.stop();
  assert.equal(recorder.report.frames, 3);
  const [all = Buffer.alloc(0)] = written;
  assert.deepEqual([all.readUInt32BE(0), all.readUInt32BE(4), all.readDoubleBE(8)], [11, 2, 100]);
  assert.deepEqual(all.subarray(16, 27), bytes.subarray(0, 11));
});

test("it is held, and let go, as what it stands in front of", () => {
  const fake = new FakeIntake();
  const recorder = new Recorder({
    disk: { append: async (_, __, end) => end, close: async () => {} },
    clock: new VirtualClock(),
    log: QUIET,
    maxFrame: 1000,
  });
  const intake = new RecordingIntake(fake, recorder);
  let released = 0;
  intake.onRelease = () => released++;
  fake.isHeld = true;
  fake.pending = 7;
  fake.onRelease();
  assert.deepEqual([intake.isHeld, intake.pending, intake.problem, released], [true, 7, fake.problem, 1]);
});
