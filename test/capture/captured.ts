import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Capture } from "../../src/capture/capture.ts";
import { captureHeader, RUN_HEADER, writeRunHead } from "../../src/capture/format.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { RIEMANN } from "../../src/wire/message-codecs.ts";

/** When the captures of these tests were begun. */
export const BEGUN = 1_000;

/** What came at once: when, and for each frame the services of its events. */
export interface Came {
  readonly arrival: number;
  readonly frames: readonly (readonly string[])[];
}

/** Frames with events that have a service and nothing else. */
export function framesOf(frames: Came["frames"]): Buffer {
  return Buffer.concat(frames.map((services) => encodeFrame({ events: services.map((service) => ({ service })) })));
}

/** A run as it stands in a capture. */
export function runOf({ arrival, frames }: Came): Buffer {
  const body = framesOf(frames);
  const head = Buffer.alloc(RUN_HEADER);
  writeRunHead(head, 0, { length: body.length, codec: RIEMANN, frames: frames.length, arrival });
  return Buffer.concat([head, body]);
}

/** A capture, whole. */
export function captureOf(came: readonly Came[]): Buffer {
  return Buffer.concat([captureHeader(BEGUN), ...came.map(runOf)]);
}

/** A path in a directory of its own, gone after the test. */
export function somePath(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-capture-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "capture");
}

/** What a capture holds: for each run when it came and the services of its events; and where its files are cut. */
export function readBack(path: string): { runs: (readonly [number, ...string[]])[]; cuts: number[] } {
  const capture = new Capture(path);
  try {
    const runs = [...capture.batches()].map(
      ({ arrival, events }) => [arrival, ...events.map((event) => String(event.service))] as const,
    );
    return { runs, cuts: capture.cuts.map((cut) => cut.offset) };
  } finally {
    capture.close();
  }
}
