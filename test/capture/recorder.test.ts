import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { RUN_HEADER } from "../../src/capture/format.ts";
import { GatheredRuns } from "../../src/capture/gathered-runs.ts";
import { type Disk, Recorder } from "../../src/capture/recorder.ts";
import { bytesOf, type Entry } from "../../src/state/entry.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";
import { framesOf } from "./captured.ts";

const MiB = 1024 * 1024;
/** What an entry has in front of its runs. */
const FRONT = GatheredRuns.bytesFor(0) - RUN_HEADER;

/** A disk that finishes a write when it is told to, and keeps what was written. */
class SlowDisk implements Disk {
  readonly entryBytes = MiB;
  /** The bytes of each, but for what stands in front of its runs. */
  readonly appended: number[] = [];
  isClosed = false;
  readonly #open: { resolve: () => void; reject: (error: Error) => void }[] = [];

  append(entry: Entry): Promise<void> {
    this.appended.push(bytesOf([entry]) - FRONT);
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Ends the write that is under way, and lets the recorder go on. */
  async done(error?: Error): Promise<void> {
    const write = this.#open.shift();
    if (error !== undefined) write?.reject(error);
    else write?.resolve();
    await turn();
  }
}

function recording() {
  const [disk, clock] = [new SlowDisk(), new VirtualClock(100)];
  const lines: string[] = [];
  const line = (message: string, fields: object = {}): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const log = { debug: line, info: line, warn: line, error: line };
  const recorder = new Recorder({ disk, clock, log });
  return { disk, clock, lines, recorder };
}

/** A run of one frame that takes `size` bytes in the capture. */
function frame(size: number): Buffer {
  return Buffer.alloc(size - 16);
}

function keep(recorder: Recorder, bytes: Buffer, frames = 1): void {
  recorder.keep(RIEMANN, bytes, 0, bytes.length, frames);
}

test("frames are gathered for a tenth of a second, then written at once", async () => {
  const { disk, clock, recorder } = recording();
  const bytes = framesOf([["a"], ["b"]]);
  keep(recorder, bytes, 2);
  clock.advanceTo(100.09);
  keep(recorder, bytes, 2);
  assert.deepEqual(disk.appended, []);
  clock.advanceTo(100.1);
  assert.deepEqual(disk.appended, [2 * (16 + bytes.length)]);
  assert.equal(recorder.report.frames, 0);
  await disk.done();
  assert.deepEqual(recorder.report, { frames: 4, bytes: FRONT + 2 * (16 + bytes.length), dropped: 0 });
  assert.equal(clock.timers, 0, "nothing is planned when there is nothing to write");
});

test("a MiB is not waited with, and one write is under way at a time", async () => {
  const { disk, recorder } = recording();
  keep(recorder, frame(MiB));
  assert.deepEqual(disk.appended, [MiB]);
  keep(recorder, frame(2 * MiB));
  keep(recorder, frame(3 * MiB));
  assert.deepEqual(disk.appended, [MiB]);
  await disk.done();
  await disk.done();
  assert.deepEqual(disk.appended, [MiB, 2 * MiB, 3 * MiB]);
});

test("a long frame makes what is gathered be written at once, and is not dropped", async () => {
  const { disk, recorder } = recording();
  keep(recorder, frame(MiB / 2));
  keep(recorder, frame(16 * MiB));
  assert.deepEqual([disk.appended, recorder.report.dropped], [[MiB / 2], 0]);
  await disk.done();
  assert.deepEqual(disk.appended, [MiB / 2, 16 * MiB]);
});

test("what a slow disk has no room for is dropped and counted, and the log tells once when it begins and ends", async () => {
  const { disk, clock, lines, recorder } = recording();
  keep(recorder, frame(MiB));
  keep(recorder, frame(16 * MiB));
  keep(recorder, frame(MiB), 3);
  keep(recorder, frame(MiB), 4);
  assert.equal(recorder.report.dropped, 7);
  assert.deepEqual(lines, ['frames are not recorded {"reason":"the disk is too slow"}']);
  await disk.done();
  await disk.done();
  clock.advanceTo(115);
  keep(recorder, frame(MiB));
  await disk.done();
  assert.deepEqual(lines.slice(1), ['frames are recorded again {"lost":7}']);
  assert.equal(recorder.report.bytes, 18 * MiB + 3 * FRONT);
});

test("a write that fails loses its frames and no others; the disk is left alone for a second", async () => {
  const { disk, clock, lines, recorder } = recording();
  const bytes = framesOf([["a"]]);
  keep(recorder, bytes);
  clock.advanceTo(100.1);
  keep(recorder, bytes);
  await disk.done(new Error("ENOSPC: no space left on device, write"));
  assert.deepEqual(recorder.report, { frames: 0, bytes: 0, dropped: 1 });
  assert.deepEqual(lines, ['frames are not recorded {"reason":"ENOSPC: no space left on device, write"}']);
  clock.advanceTo(101.05);
  keep(recorder, bytes);
  assert.equal(disk.appended.length, 1);
  clock.advanceTo(101.2);
  await disk.done();
  assert.deepEqual(recorder.report, { frames: 2, bytes: FRONT + 2 * (16 + bytes.length), dropped: 1 });
});

test("a stop writes what is held and a run without frames that says when it was, then closes", async () => {
  const { disk, clock, recorder } = recording();
  keep(recorder, frame(2 * MiB));
  keep(recorder, frame(100));
  const stopped = recorder.stop();
  await disk.done();
  assert.deepEqual([disk.appended, disk.isClosed], [[2 * MiB, 100 + 16], false]);
  await disk.done();
  await stopped;
  assert.deepEqual([recorder.report.frames, disk.isClosed, clock.timers], [2, true, 0]);
});

test("a stop right after the first frames says when it was all the same", async () => {
  const { disk, recorder } = recording();
  keep(recorder, frame(MiB));
  const stopped = recorder.stop();
  await disk.done();
  await disk.done();
  await stopped;
  assert.deepEqual(disk.appended, [MiB, 16]);
});

test("a disk that cannot be closed does not hold a stop up", async () => {
  const { disk, lines, recorder } = recording();
  disk.close = () => Promise.reject(new Error("EIO: i/o error, close"));
  await recorder.stop();
  assert.deepEqual(lines, [
    'frames are not recorded {"reason":"EIO: i/o error, close"}',
    'recording stopped, frames are missing {"lost":0}',
  ]);
});

test("where nothing was recorded a stop writes nothing", async () => {
  const { disk, recorder } = recording();
  await recorder.stop();
  assert.deepEqual([disk.appended, disk.isClosed], [[], true]);
});

test("a stop with a broken disk ends, and says what is missing", async () => {
  const { disk, lines, recorder } = recording();
  keep(recorder, framesOf([["a"]]));
  const stopped = recorder.stop();
  await disk.done(new Error("EIO: i/o error, write"));
  await stopped;
  assert.deepEqual(lines, [
    'frames are not recorded {"reason":"EIO: i/o error, write"}',
    'recording stopped, frames are missing {"lost":1}',
  ]);
});
