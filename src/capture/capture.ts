import { existsSync, fstatSync, openSync } from "node:fs";
import type { Event } from "../core/event.ts";
import { coerceError, FastTsError } from "../errors.ts";
import { ArrivalTimes } from "../wire/arrival-times.ts";
import { MALFORMED } from "../wire/decode.ts";
import { frameLength, HEADER, wholeFrames } from "../wire/frames.ts";
import { findCodec, type MessageDecoder } from "../wire/message-codecs.ts";
import { FileWindow } from "./file-window.ts";
import { CAPTURE_HEADER, captureBegun, captureProblem, RUN_HEADER, type RunHead, readRunHead } from "./format.ts";

/** What came in at once on one connection; nothing, where the recording was stopped. */
export interface Batch {
  /** When it came, Unix seconds. An event without a time of its own has this one. */
  readonly arrival: number;
  /** How many messages the events came in. */
  readonly frames: number;
  readonly events: readonly Event[];
}

/** A file that ends within a run: the daemon was killed, or is writing it just now. */
export interface CutFile {
  readonly path: string;
  /** Bytes before the cut. */
  readonly offset: number;
}

interface Part {
  readonly path: string;
  readonly window: FileWindow;
}

/**
 * Recorded traffic: a file and those that were rotated away before it (`FILE.2`, `FILE.1`, `FILE`), as one. All are
 * opened at once, so that a daemon that goes on recording does not matter; a run at a time is in memory.
 */
export class Capture {
  /** When the oldest file was begun, Unix seconds; null when nothing was written. */
  readonly begun: number | null;
  /** Oldest first. */
  readonly #parts: readonly Part[];
  readonly #times: ArrivalTimes;
  /** By the numbers of their codecs. */
  readonly #decoders = new Map<number, MessageDecoder>();
  readonly #cuts: CutFile[] = [];

  /**
   * @param timeUnits - As the daemon's option of the name. @default "on"
   * @throws FastTsError `FTS_CAPTURE` when a file cannot be read or is not a capture.
   */
  constructor(path: string, timeUnits: "on" | "off" = "on") {
    this.#times = new ArrivalTimes(timeUnits === "on");
    const parts: Part[] = [];
    this.#parts = parts;
    const seen = new Set<number>();
    let begun: number | null = null;
    try {
      for (let age = 0; age === 0 || existsSync(`${path}.${age}`); age++) {
        const name = age === 0 ? path : `${path}.${age}`;
        const file = opened(name);
        const window = new FileWindow(file);
        // The newest is opened first: a file that is rotated away meanwhile shows up a second time.
        const { ino } = fstatSync(file);
        if (seen.has(ino)) {
          window.close();
          continue;
        }
        seen.add(ino);
        parts.unshift({ path: name, window });
        begun = begunOf(name, window) ?? begun;
      }
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    this.begun = begun;
  }

  /** Where files ended within a run, among those read so far. */
  get cuts(): readonly CutFile[] {
    return this.#cuts;
  }

  /**
   * All that was recorded, in order. To be called once.
   *
   * @throws FastTsError `FTS_CAPTURE` naming file and byte, when a file is damaged.
   */
  *batches(): Generator<Batch> {
    for (const { path, window } of this.#parts) {
      while (ensured(path, window, RUN_HEADER)) {
        const head = readRunHead(window.bytes, window.at);
        if (head === null) throw damaged(path, window.position, "no run of frames begins here");
        if (!ensured(path, window, RUN_HEADER + head.length)) break;
        const events = this.#decode(path, window, head);
        window.skip(RUN_HEADER + head.length);
        yield { arrival: head.arrival, frames: head.frames, events };
      }
      if (window.left.length > 0) this.#cuts.push({ path, offset: window.position });
      window.close();
    }
  }

  /** Closes the files. Idempotent. */
  close(): void {
    for (const { window } of this.#parts) window.close();
  }

  #decode(path: string, window: FileWindow, { length, codec, frames, arrival }: RunHead): Event[] {
    const decoder = this.#decoderOf(codec);
    if (decoder === null)
      throw damaged(path, window.position, `its messages are of the format ${codec}, which this fast-ts does not know`);
    const { bytes } = window;
    const first = window.at + RUN_HEADER;
    const end = first + length;
    const events: Event[] = [];
    let count = 0;
    if (wholeFrames(bytes, first, end, length) !== end)
      throw damaged(path, window.position, "the frames of this run do not end where it ends");
    for (let at = first; at < end; count++) {
      const next = at + HEADER + frameLength(bytes, at);
      if (decoder.decode(bytes, at + HEADER, next, arrival, events) === MALFORMED)
        throw damaged(path, window.position + at - window.at, `a message that ${decoder.problem}`);
      at = next;
    }
    if (count !== frames)
      throw damaged(path, window.position, `this run holds ${count} frames, not the ${frames} it says`);
    return events;
  }

  #decoderOf(codec: number): MessageDecoder | null {
    const decoder = this.#decoders.get(codec) ?? findCodec(codec)?.newDecoder(this.#times) ?? null;
    if (decoder !== null) this.#decoders.set(codec, decoder);
    return decoder;
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** When the capture was begun; null when not even that was written. */
function begunOf(path: string, window: FileWindow): number | null {
  const isWhole = ensured(path, window, CAPTURE_HEADER);
  const head = window.left.subarray(0, CAPTURE_HEADER);
  const problem = captureProblem(head);
  if (problem !== null)
    throw new FastTsError("FTS_CAPTURE", `${path} is no capture of fast-ts start --record: ${problem}`);
  if (!isWhole) return null;
  window.skip(CAPTURE_HEADER);
  return captureBegun(head);
}

function ensured(path: string, window: FileWindow, count: number): boolean {
  try {
    return window.ensure(count);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): FastTsError {
  const error = coerceError(cause);
  const words = WORDS["code" in error ? String(error.code) : ""] ?? error.message;
  return new FastTsError("FTS_CAPTURE", `${path}: ${words}`, { cause });
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; name what fast-ts start --record wrote",
  EISDIR: "is a directory; name the file in it that fast-ts start --record wrote",
  EACCES: "may not be read: only the user who recorded it can; run as that user",
};

function damaged(path: string, offset: number, what: string): FastTsError {
  return new FastTsError(
    "FTS_CAPTURE",
    `${path} is damaged at byte ${offset}: ${what}; what stands before it was read`,
  );
}
