import { FastTsError } from "../errors.ts";
import { HEADER } from "../wire/frames.ts";

/*
 *   capture: | "FTSCAPT" | version, u8 | begun, f64 | run | run | …
 *   run:     | length N, u32 | codec, u8 | frames, u24 | arrival, f64 | N bytes: the frames as they came |
 *
 * Numbers are big-endian, as in the frames; times are Unix seconds. `begun` is when the capture was begun. A run is what
 * arrived at once on one connection, so it has one codec; that of captures which say none is 0, Riemann's. A run without
 * frames says that nothing came until then: the recording was stopped. Frames include their lengths.
 *
 * A recording is a log on disk (src/state/segment-log.ts): each of its entries is a capture of what was written at once,
 * and its items are frames. Before, it was a file, which was one capture.
 */

const MAGIC = "FTSCAPT";
const VERSION = 1;

/** Bytes in front of the first run. */
export const CAPTURE_HEADER = 16;
/** Bytes in front of a run's frames. */
export const RUN_HEADER = 16;

/** What a run's header says. */
export interface RunHead {
  /** Bytes of all its frames. */
  readonly length: number;
  /** The number of the format of its messages. */
  readonly codec: number;
  readonly frames: number;
  /** When they came, Unix seconds. */
  readonly arrival: number;
}

/** The beginning of a capture. */
export function captureHeader(begun: number): Buffer {
  const bytes = Buffer.alloc(CAPTURE_HEADER);
  bytes.write(MAGIC, "latin1");
  bytes.writeUInt8(VERSION, MAGIC.length);
  bytes.writeDoubleBE(begun, 8);
  return bytes;
}

/** @throws FastTsError `FTS_CAPTURE` when the bytes are not the beginning of a capture, be it cut short */
export function checkCapture(path: string, bytes: Buffer): void {
  const problem = problemOf(bytes);
  if (problem === null) return;
  throw new FastTsError("FTS_CAPTURE", `${path} is no capture of fast-ts start --record: ${problem}`);
}

function problemOf(bytes: Buffer): string | null {
  const magic = bytes.toString("latin1", 0, MAGIC.length);
  if (!MAGIC.startsWith(magic)) return `it begins with ${JSON.stringify(magic)}, not with ${JSON.stringify(MAGIC)}`;
  const version = bytes[MAGIC.length] ?? VERSION;
  if (version !== VERSION) return `its format is version ${version}, this fast-ts knows version ${VERSION}`;
  if (bytes.length >= CAPTURE_HEADER && !isTime(captureBegun(bytes))) return "its time is no time";
  return null;
}

/** When the capture was begun, Unix seconds. */
export function captureBegun(bytes: Buffer): number {
  return bytes.readDoubleBE(8);
}

/** Writes a run's header at `at`. */
export function writeRunHead(into: Buffer, at: number, { length, codec, frames, arrival }: RunHead): void {
  into.writeUInt32BE(length, at);
  into.writeUInt8(codec, at + 4);
  into.writeUIntBE(frames, at + 5, 3);
  into.writeDoubleBE(arrival, at + 8);
}

/** Reads the run header at `at`; null when it cannot be one. */
export function readRunHead(bytes: Buffer, at: number): RunHead | null {
  const length = bytes.readUInt32BE(at);
  const codec = bytes.readUInt8(at + 4);
  const frames = bytes.readUIntBE(at + 5, 3);
  const arrival = bytes.readDoubleBE(at + 8);
  const isPossible = length >= frames * HEADER && length > 0 === frames > 0 && isTime(arrival);
  return isPossible ? { length, codec, frames, arrival } : null;
}

/** Where the whole runs end with which these bytes begin, and how many bytes the next one takes; 0: none begins there. */
export function extentOfRuns(bytes: Buffer): { readonly end: number; readonly need: number } {
  let end = 0;
  while (bytes.length - end >= RUN_HEADER) {
    const head = readRunHead(bytes, end);
    const need = head === null ? 0 : RUN_HEADER + head.length;
    if (need === 0 || end + need > bytes.length) return { end, need };
    end += need;
  }
  return { end, need: RUN_HEADER };
}

/**
 * Later times (from the year 5138 on) are invalid, and so is 0, which is what a file system leaves where it wrote
 * nothing.
 */
function isTime(seconds: number): boolean {
  return seconds > 0 && seconds < 1e11;
}
