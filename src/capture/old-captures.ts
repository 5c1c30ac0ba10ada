import { realpath, stat } from "node:fs/promises";
import type { Log } from "../core/log.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import { FileLock } from "../state/file-lock.ts";
import { CAPTURE_HEADER, captureBegun, checkCapture, extentOfRuns } from "./format.ts";
import type { CaptureReport, Runs } from "./runs.ts";

/*
 * Before recordings were logs, one was a file, and what had been rotated away: FILE.2, FILE.1, FILE. Nothing writes them
 * any more.
 */

const BLOCK_BYTES = 256 * 1024;

/** The files of a recording that have a number, the oldest first. */
export async function numberedFiles(path: string): Promise<string[]> {
  const found: string[] = [];
  for (let name = `${path}.1`; await isFile(name); name = `${path}.${found.length + 1}`) found.unshift(name);
  return found;
}

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

/** The runs of a file. @throws when it cannot be read; FastTsError `FTS_CAPTURE` when it is no capture */
export async function* runsOfFile(path: string, { notes, damage }: CaptureReport): AsyncGenerator<Runs> {
  const file = await NODE_FILES.openToRead(await realpath(path));
  try {
    const header = await NODE_FILES.read(file, 0, CAPTURE_HEADER);
    checkCapture(path, header);
    if (header.length < CAPTURE_HEADER) return;
    const begun = captureBegun(header);
    let at = CAPTURE_HEADER;
    for (let length = BLOCK_BYTES; ; ) {
      const bytes = await NODE_FILES.read(file, at, length);
      const { end, need } = extentOfRuns(bytes);
      const damagedAt = placesFrom(path, at);
      if (end > 0) yield { bytes: bytes.subarray(0, end), begun, damagedAt };
      if (need === 0)
        return void damage.push(`${damagedAt(end)}: no run of frames begins here; what stands before it was read`);
      at += end;
      if (bytes.length < length) {
        if (bytes.length > end) notes.push(`${path} ends within a message at byte ${at}: it was read up to there`);
        return;
      }
      length = Math.max(BLOCK_BYTES, need);
    }
  } finally {
    await NODE_FILES.close(file);
  }
}

function placesFrom(path: string, from: number): Runs["damagedAt"] {
  return (at) => `${path} is damaged at byte ${from + at}`;
}

/**
 * Gives a recording that is a file the number 1, and those that have one the next, as it was done with full ones: a directory
 * takes its name. Who was killed in the middle of it left a name free: that is as far as files move.
 *
 * @throws when an earlier fast-ts records there, or the file is no capture.
 */
export async function makeWay(path: string, log: Log): Promise<void> {
  if (!(await isFile(path))) return;
  if (await FileLock.isTaken(path))
    throw new Error(`${await FileLock.named(path)} records there; name another directory`);
  for await (const _ of runsOfFile(path, { notes: [], damage: [] })) break;
  const nameOf = (age: number): string => (age === 0 ? path : `${path}.${age}`);
  for (let age = (await numberedFiles(path)).length; age >= 0; age--)
    await NODE_FILES.rename(nameOf(age), nameOf(age + 1));
  const message =
    "a recording is a directory now: the file of an earlier fast-ts has a number, fast-ts replay reads it too";
  log.warn(message, { dir: path, file: nameOf(1) });
}
