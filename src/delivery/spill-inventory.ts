import { join } from "node:path";
import { type FileLayer, isGone } from "../state/file-layer.ts";
import { FileLock } from "../state/file-lock.ts";
import { SegmentLog } from "../state/segment-log.ts";
import type { Part } from "./backlog.ts";
import { NOBODY } from "./books.ts";
import { ItemCodec } from "./item-codec.ts";
import { targetOf } from "./spill-directory.ts";
import { decodeItems, type SpillOrigin } from "./spill-entry.ts";

const FOUND: SpillOrigin<unknown> = { giverOf: () => NOBODY, bornOf: (came) => came };
const LOG = /^[a-z]+-\d+\.\d{6}$/;

/** One log of a target, as it lies on disk. */
export interface SpillLogReport {
  readonly dir: string;
  /** Items that are not delivered. */
  readonly items: number;
  readonly bytes: number;
  /** The process that has it, such as `process 4711`; null when none has. */
  readonly holder: string | null;
}

/** What waits on disk for a target. */
export interface SpillReport {
  readonly target: string;
  readonly dir: string;
  readonly logs: readonly SpillLogReport[];
}

/**
 * The spill below a directory: that of `--data`, one of `spill: { dir }`, or that of one target; links are passed over.
 * Nothing is changed.
 */
export async function listSpill(files: FileLayer, dir: string): Promise<SpillReport[]> {
  if ((await files.list(dir)).includes("spill")) return listSpill(files, join(dir, "spill"));
  const own = await targetOf(files, dir);
  if (own !== null) return [{ target: own.target, dir, logs: await logsOf(files, dir) }];
  const reports: SpillReport[] = [];
  for (const name of (await files.listDirectories(dir)).sort()) {
    const about = await targetOf(files, join(dir, name));
    if (about === null) continue;
    reports.push({ target: about.target, dir: join(dir, name), logs: await logsOf(files, join(dir, name)) });
  }
  return reports;
}

/**
 * The items of a log that are not delivered, in order; those that cannot be read are passed over, and those that its owner is
 * done with meanwhile.
 */
export async function* spilledParts(files: FileLayer, dir: string): AsyncGenerator<Part<unknown>> {
  const codec = new ItemCodec();
  const log = await openToRead(files, dir);
  if (log === null) return;
  const reader = log.reader();
  try {
    while (reader.number < log.next) {
      const entries = await unlessGone(() => reader.read());
      if (entries === null) reader.skip("it is gone");
      for (const entry of entries ?? []) {
        const part = decodeItems<unknown>(codec, entry, entry.number, log.cursor, FOUND);
        if (part !== null) yield part;
      }
    }
  } finally {
    await reader.close();
    await log.close();
  }
}

/**
 * Gives the items of a log that nobody has to `take`, the oldest first, each done with once that resolves; then the log is
 * removed. False when a process has it.
 *
 * @param done - Told of how many more it is known on disk that they are done with.
 */
export async function emptyLog(
  files: FileLayer,
  dir: string,
  take: (items: readonly unknown[]) => Promise<void>,
  done: (items: number) => void,
): Promise<boolean> {
  const lock = await FileLock.take(join(dir, "lock"));
  if (lock === null) return false;
  try {
    const log = await SegmentLog.open({ dir, files, onDamage() {} });
    try {
      for await (const { items, number } of spilledParts(files, dir)) {
        await take(items);
        await log.advance(number + items.length);
        done(items.length);
      }
    } catch (thrown) {
      await log.close();
      throw thrown;
    }
    await log.remove();
  } finally {
    await lock.release();
  }
  return true;
}

/** Whether a process has the spill of a target. */
export async function isSpillInUse(files: FileLayer, target: string): Promise<boolean> {
  // The newest first: it is the one that is written. The others may go while we look.
  for (const dir of (await logDirsOf(files, target)).reverse())
    if (await unlessGone(() => FileLock.isTaken(join(dir, "lock")))) return true;
  return false;
}

async function logsOf(files: FileLayer, target: string): Promise<SpillLogReport[]> {
  const reports: SpillLogReport[] = [];
  for (const dir of await logDirsOf(files, target)) {
    const holder = await unlessGone(() => FileLock.holder(join(dir, "lock")));
    const log = await openToRead(files, dir);
    if (log === null) continue;
    reports.push({ dir, items: log.next - log.cursor, bytes: log.bytes, holder });
    await log.close();
  }
  return reports;
}

/** The directories of its logs, the oldest first. */
async function logDirsOf(files: FileLayer, target: string): Promise<string[]> {
  const names = (await files.listDirectories(target)).filter((name) => LOG.test(name));
  return names.sort().map((name) => join(target, name));
}

/** Null when its owner has removed it. */
function openToRead(files: FileLayer, dir: string): Promise<SegmentLog | null> {
  return unlessGone(() => SegmentLog.open({ dir, files, isReadOnly: true, onDamage() {} }));
}

async function unlessGone<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (thrown) {
    if (isGone(thrown)) return null;
    throw thrown;
  }
}
