import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Capture } from "../../src/capture/capture.ts";
import { CaptureLog, type CaptureLogOptions } from "../../src/capture/capture-log.ts";
import { captureHeader, RUN_HEADER, writeRunHead } from "../../src/capture/format.ts";
import { GatheredRuns } from "../../src/capture/gathered-runs.ts";
import type { Entry } from "../../src/state/entry.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";

/** When the captures of these tests were begun. */
export const BEGUN = 1_000;
export const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** What came at once: when, and for each frame the services of its events. */
export interface Came {
  readonly arrival: number;
  readonly frames: readonly (readonly string[])[];
}

/** Frames with events that have a service and nothing else. */
export function framesOf(frames: Came["frames"]): Buffer {
  return Buffer.concat(frames.map((services) => encodeFrame({ events: services.map((service) => ({ service })) })));
}

function runOfFrames({ arrival, frames }: Came): { head: Parameters<GatheredRuns["add"]>[0]; body: Buffer } {
  const body = framesOf(frames);
  return { head: { length: body.length, codec: RIEMANN, frames: frames.length, arrival }, body };
}

/** A run as it stands in a capture. */
export function runOf(came: Came): Buffer {
  const { head, body } = runOfFrames(came);
  const bytes = Buffer.alloc(RUN_HEADER);
  writeRunHead(bytes, 0, head);
  return Buffer.concat([bytes, body]);
}

/** A capture, whole: what a recording was before it was a log. */
export function captureOf(came: readonly Came[], begun = BEGUN): Buffer {
  return Buffer.concat([captureHeader(begun), ...came.map(runOf)]);
}

/** A run as it stands in a log. */
export function entryOf(came: Came): Entry {
  const { head, body } = runOfFrames(came);
  const group = new GatheredRuns(Buffer.alloc(GatheredRuns.bytesFor(body.length)), BEGUN);
  group.add(head, body, 0);
  return group.entry;
}

/** Opens a recording until the test is over. */
export async function openLog(
  t: TestContext,
  dir: string,
  options: Partial<CaptureLogOptions> = {},
): Promise<CaptureLog> {
  const all = { dir, size: 1024 ** 2, files: 4, clock: new VirtualClock(BEGUN), log: QUIET, ...options };
  const log = new CaptureLog(all);
  t.after(() => log.close());
  await log.open();
  return log;
}

/** Appends runs, each on its own. */
export async function append(log: CaptureLog, came: readonly Came[]): Promise<void> {
  for (const one of came) await log.append(entryOf(one));
}

/** A recording of all that came. */
export async function record(t: TestContext, dir: string, came: readonly Came[]): Promise<void> {
  const log = await openLog(t, dir);
  await append(log, came);
  await log.close();
}

/** A path in a directory of its own, gone after the test. */
export function somePath(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-capture-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "capture");
}

/** What a capture holds: for each run when it came and the services of its events; and what else was found. */
export async function readBack(path: string) {
  const capture = await Capture.open(path);
  const runs: (readonly [number, ...string[]])[] = [];
  try {
    for await (const { arrival, events } of capture.batches())
      runs.push([arrival, ...events.map((event) => String(event.service))]);
    return { runs, ...capture.report };
  } finally {
    await capture.close();
  }
}
