import { frameLength, HEADER } from "../wire/frames.ts";

/*
 *   capture: | "FTSCAPT" | version, u8 | begun, f64 | run | run | …
 *   run:     | length N, u32 | codec, u8 | frames, u24 | arrival, f64 | N bytes: the frames as they came |
 *
 * Numbers are big-endian, as in the frames; times are Unix seconds. `begun` is when the file was begun. A run is what
 * arrived at once on one connection, so it has one codec; that of files which say none is 0, Riemann's. A run without
 * frames says that nothing came until then: the recording was stopped. The last one may be cut short: what stands
 * before it holds. Frames include their lengths.
 *
 * These are no segments of a log (src/state/entry.ts), which are a directory of files with numbers, a cursor and a lock:
 * a recording is one file under the name that people give it, to be copied, sent and read anywhere. Both are written by
 * the same file layer.
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

/** What is wrong with the beginning of a capture, in words; null when nothing is. It may be cut short. */
export function captureProblem(bytes: Buffer): string | null {
  const magic = bytes.toString("latin1", 0, MAGIC.length);
  if (!MAGIC.startsWith(magic)) return `it begins with ${JSON.stringify(magic)}, not with ${JSON.stringify(MAGIC)}`;
  const version = bytes[MAGIC.length] ?? VERSION;
  if (version !== VERSION) return `its format is version ${version}, this fast-ts knows version ${VERSION}`;
  if (bytes.length === CAPTURE_HEADER && !isTime(captureBegun(bytes))) return "its time is no time";
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

/** The whole runs that [from, end) begins with: as many as take `room` bytes at most, but at least one. */
export function runsWithin(
  bytes: Buffer,
  from: number,
  end: number,
  room = Number.POSITIVE_INFINITY,
): { next: number; frames: number } {
  let next = from;
  let frames = 0;
  while (next < end) {
    const after = next + RUN_HEADER + frameLength(bytes, next);
    if (next > from && after - from > room) break;
    frames += bytes.readUIntBE(next + 5, 3);
    next = after;
  }
  return { next, frames };
}

/**
 * Later times (from the year 5138 on) are invalid, and so is 0, which is what a file system leaves where it wrote
 * nothing.
 */
function isTime(seconds: number): boolean {
  return seconds > 0 && seconds < 1e11;
}
