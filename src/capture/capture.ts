import { stat } from "node:fs/promises";
import type { Event } from "../core/event.ts";
import { codeOf, coerceError, FastTsError } from "../errors.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import { ArrivalTimes } from "../wire/arrival-times.ts";
import { MALFORMED } from "../wire/decode.ts";
import { frameLength, HEADER, wholeFrames } from "../wire/frames.ts";
import { findCodec, type MessageDecoder } from "../wire/message-codecs.ts";
import { RUN_HEADER, type RunHead, readRunHead } from "./format.ts";
import { runsOfLog } from "./log-captures.ts";
import { numberedFiles, runsOfFile } from "./old-captures.ts";
import type { CaptureReport, Runs } from "./runs.ts";

/** What came in at once on one connection; nothing, where the recording was stopped. */
export interface Batch {
  /** When it came, Unix seconds. An event without a time of its own has this one. */
  readonly arrival: number;
  /** How many messages the events came in. */
  readonly frames: number;
  readonly events: readonly Event[];
}

/** Recorded traffic: what is in the directory of a recording, and in files of before recordings were logs. */
export class Capture {
  /** When the oldest of it was begun, Unix seconds; null when nothing was written. */
  readonly begun: number | null;
  /** As far as it was read. */
  readonly report: CaptureReport;
  readonly #first: Runs | null;
  readonly #rest: AsyncGenerator<Runs>;
  readonly #times: ArrivalTimes;
  /** By the numbers of their codecs. */
  readonly #decoders = new Map<number, MessageDecoder>();

  private constructor(first: Runs | null, rest: AsyncGenerator<Runs>, report: CaptureReport, times: ArrivalTimes) {
    this.begun = first?.begun ?? null;
    this.report = report;
    this.#first = first;
    this.#rest = rest;
    this.#times = times;
  }

  /**
   * @param timeUnits - As the daemon's option of the name. @default "on"
   * @throws FastTsError `FTS_CAPTURE` when it cannot be read, or is no capture.
   */
  static async open(path: string, timeUnits: "on" | "off" = "on"): Promise<Capture> {
    const report: CaptureReport = { notes: [], damage: [] };
    const parts = runsOf(path, report);
    const { value } = await parts.next();
    return new Capture(value ?? null, parts, report, new ArrivalTimes(timeUnits === "on"));
  }

  /** All that was recorded, in order, as far as it can be read. To be called once. */
  async *batches(): AsyncGenerator<Batch> {
    if (this.#first !== null) yield* this.#batchesOf(this.#first);
    for await (const runs of this.#rest) yield* this.#batchesOf(runs);
  }

  /** Closes the files. Idempotent. */
  async close(): Promise<void> {
    await this.#rest.return(undefined);
  }

  *#batchesOf({ bytes, damagedAt }: Runs): Generator<Batch> {
    for (let at = 0; at < bytes.length; ) {
      const head = readRunHead(bytes, at);
      if (head === null) return void this.report.damage.push(`${damagedAt(at)}: no run of frames begins here`);
      const { arrival, frames } = head;
      const events: Event[] = [];
      const problem = this.#decode(bytes, at + RUN_HEADER, head, events);
      if (problem === null) yield { arrival, frames, events };
      else
        this.report.damage.push(`${damagedAt(at + problem.at)}: ${problem.what}; messages that are missing: ${frames}`);
      at += RUN_HEADER + head.length;
    }
  }

  /** Decodes the frames of a run that begin at `first`; else says what is wrong, and how far from its beginning. */
  #decode(bytes: Buffer, first: number, head: RunHead, into: Event[]): Problem | null {
    const { length, codec, frames, arrival } = head;
    const decoder = this.#decoderOf(codec);
    if (decoder === null)
      return { at: 0, what: `its messages are of the format ${codec}, which this fast-ts does not know` };
    const end = first + length;
    if (wholeFrames(bytes, first, end, length) !== end)
      return { at: 0, what: "the frames of this run do not end where it ends" };
    let count = 0;
    for (let at = first; at < end; count++) {
      const next = at + HEADER + frameLength(bytes, at);
      if (decoder.decode(bytes, at + HEADER, next, arrival, into) === MALFORMED)
        return { at: RUN_HEADER + at - first, what: `a message that ${decoder.problem}` };
      at = next;
    }
    return count === frames ? null : { at: 0, what: `this run holds ${count} frames, not the ${frames} it says` };
  }

  #decoderOf(codec: number): MessageDecoder | null {
    const decoder = this.#decoders.get(codec) ?? findCodec(codec)?.newDecoder(this.#times) ?? null;
    if (decoder !== null) this.#decoders.set(codec, decoder);
    return decoder;
  }
}

/** What is wrong with a run. */
interface Problem {
  /** Bytes from its beginning. */
  readonly at: number;
  readonly what: string;
}

async function* runsOf(path: string, report: CaptureReport): AsyncGenerator<Runs> {
  try {
    const isDirectory = (await stat(path)).isDirectory();
    const files = [...(await numberedFiles(path)), ...(isDirectory ? [] : [path])];
    if (files.length > 0) report.notes.push(`${OLD}: ${files.join(", ")}`);
    for (const file of files) yield* runsOfFile(file, report);
    if (isDirectory) yield* runsOfLog(path, NODE_FILES, report);
  } catch (thrown) {
    if (thrown instanceof FastTsError && thrown.code === "FTS_CAPTURE") throw thrown;
    const words = WORDS[codeOf(thrown)] ?? coerceError(thrown).message;
    throw new FastTsError("FTS_CAPTURE", `${path}: ${words}`, { cause: thrown });
  }
}

const OLD = "recorded by an earlier fast-ts, without checksums: not all damage is noticed";
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such recording; name what fast-ts start --record wrote",
  EACCES: "may not be read: only the user who recorded it can; run as that user",
};
