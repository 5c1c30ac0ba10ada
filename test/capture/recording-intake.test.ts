import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN_HEADER } from "../../src/capture/format.ts";
import { GatheredRuns } from "../../src/capture/gathered-runs.ts";
import { Recorder } from "../../src/capture/recorder.ts";
import { RecordingIntake } from "../../src/capture/recording-intake.ts";
import type { Entry } from "../../src/state/entry.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";
import { FakeIntake, frame } from "../ingest/fake-intake.ts";
import { QUIET } from "./captured.ts";

test("frames are recorded as they are appended, those with a query too, and what was malformed is not", async () => {
  const written: Buffer[] = [];
  const disk = {
    entryBytes: 1000,
    append: async ({ framed }: Entry) => void written.push(Buffer.from(framed ?? "")),
    close: async () => {},
  };
  const clock = new VirtualClock(100);
  const recorder = new Recorder({ disk, clock, log: QUIET });
  const fake = new FakeIntake();
  const intake = new RecordingIntake(fake, recorder);
  const bytes = Buffer.concat([frame("ab"), frame("*"), frame("\xff")]);
  assert.equal(intake.check(RIEMANN, bytes, 4, 6), 4);
  assert.equal(intake.check(RIEMANN, bytes, 10, 11), 3);
  intake.append(RIEMANN, bytes, 0, 11, 2, 3);
  assert.equal(intake.check(RIEMANN, bytes, 15, 16), -1);
  assert.equal(intake.check(RIEMANN, bytes, 4, 6), 4);
  intake.append(RIEMANN, bytes, 0, 6, 1, 2);
  assert.equal(intake.flush(), 0);
  assert.deepEqual(fake.offered, ["ab", "*", "ab"]);
  await recorder.stop();
  assert.equal(recorder.report.frames, 3);
  const all = written[0]?.subarray(GatheredRuns.bytesFor(0) - RUN_HEADER) ?? Buffer.alloc(0);
  assert.deepEqual([all.readUInt32BE(0), all.readUInt32BE(4), all.readDoubleBE(8)], [11, 2, 100]);
  assert.deepEqual(all.subarray(16, 27), bytes.subarray(0, 11));
});

test("it is held, and let go, as what it stands in front of", () => {
  const fake = new FakeIntake();
  const recorder = new Recorder({
    disk: { entryBytes: 1000, append: async () => {}, close: async () => {} },
    clock: new VirtualClock(),
    log: QUIET,
  });
  const intake = new RecordingIntake(fake, recorder);
  let released = 0;
  let confirmed = 0;
  const cancel = intake.subscribe({ released: () => released++, confirmed: () => confirmed++ });
  fake.release();
  fake.confirm(3);
  cancel();
  fake.release();
  fake.isHeld = true;
  fake.pending = 7;
  const seen = [intake.isHeld, intake.pending, intake.confirmed, intake.problem(RIEMANN, 0), released, confirmed];
  assert.deepEqual(seen, [true, 7, 3, fake.problem(), 1, 1]);
});
