import { basename, dirname, join } from "node:path";
import type { Damage } from "./damage.ts";
import { type Entry, EntryReader, MAGIC, withoutZeros } from "./entry.ts";
import { type FileLayer, isGone } from "./file-layer.ts";

const NAME = /^\d{20}\.seg$/;
const BLOCK_BYTES = 1024 * 1024;
/** Of the end of a segment, by which it is known again. */
const SEEN_BYTES = 16;
const ASIDE = ".damaged";
/** Damaged segments that are kept, of 16 MiB each; the oldest go beyond this. */
const MAX_ASIDE_FILES = 8;

/** A file of a log. */
export interface Segment {
  readonly path: string;
  /** Number of its first item. */
  readonly first: number;
  /** Where its last whole entry ends, as far as that is known. */
  bytes: number;
  /** Why it is kept aside, and not removed, when all that can be read of it is done with. */
  damage: string | null;
  /** A power cut does not change it. */
  isSynced: boolean;
  /** What stood in it when it was looked at last. */
  seen: { readonly at: number; readonly bytes: Buffer };
  /** Somebody removed it, or cut it short, which is known. */
  isLost: boolean;
}

/** Somebody removed files of a log, or cut the last one short. */
export class LostFiles extends Error {
  /** Those in them that are not done with. */
  readonly items: number;

  constructor(lost: readonly Segment[], items: number) {
    super(`not there, or not whole: ${lost.map(({ path }) => basename(path)).join(", ")}`);
    this.items = items;
  }
}

function newSegment(dir: string, first: number): Segment {
  const path = join(dir, `${String(first).padStart(20, "0")}.seg`);
  return {
    path,
    first,
    bytes: MAGIC.length,
    damage: null,
    isSynced: false,
    seen: { at: 0, bytes: MAGIC },
    isLost: false,
  };
}

/** The segments of a directory, the oldest first. */
export async function listSegments(files: FileLayer, dir: string): Promise<Segment[]> {
  const names = (await files.list(dir)).filter((name) => NAME.test(name)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const segment = newSegment(dir, Number(name.slice(0, 20)));
    try {
      segment.bytes = await files.size(segment.path);
      segments.push(segment);
    } catch (thrown) {
      // Whoever writes the log may be done with it meanwhile.
      if (!isGone(thrown)) throw thrown;
    }
  }
  return segments;
}

interface End {
  /** The number that comes next. */
  readonly next: number;
  /** What stands behind the last whole entry, which is none of the segment. */
  readonly damage: Omit<Damage, "segment"> | null;
}

/** Finds out where the last segment ends. */
export async function findEnd(files: FileLayer, segment: Segment): Promise<End> {
  const file = await files.openToRead(segment.path);
  try {
    const size = segment.bytes;
    const isSegment = await beginsAsSegment(files, file);
    const reader = new EntryReader(files, file, isSegment ? MAGIC.length : 0);
    let next = segment.first;
    let entries: Entry[];
    do {
      entries = isSegment ? await reader.read(BLOCK_BYTES, size) : [];
      for (const { items } of entries) next += items;
    } while (entries.length > 0);
    const { at } = reader;
    segment.bytes = Math.max(at, MAGIC.length);
    if (at === size) return { next, damage: null };
    const isCutOff = await (isSegment ? reader.isCutOff(size) : isBegun(files, file, size));
    const why = isCutOff ? "it was not written to its end" : "no whole entry begins here";
    if (!isCutOff) segment.damage = why;
    return { next, damage: { why, at, bytes: size - at, items: null, isKept: !isCutOff } };
  } finally {
    await files.close(file);
  }
}

export async function beginsAsSegment(files: FileLayer, file: number): Promise<boolean> {
  return (await files.read(file, 0, MAGIC.length)).equals(MAGIC);
}

/** Whether a power cut may have left it of a segment. */
async function isBegun(files: FileLayer, file: number, size: number): Promise<boolean> {
  const there = withoutZeros(await files.read(file, 0, size));
  return MAGIC.subarray(0, there.length).equals(there);
}

/** Has a segment end after so many bytes. Of an empty one not even the beginning may be there. */
export async function cutOff(files: FileLayer, file: number, bytes: number): Promise<void> {
  const isEmpty = bytes === MAGIC.length;
  await files.truncate(file, isEmpty ? 0 : bytes);
  if (isEmpty) await files.write(file, MAGIC, 0);
}

/** Makes an empty segment. Its file is open for writing. */
export async function begin(
  files: FileLayer,
  dir: string,
  first: number,
): Promise<{ readonly file: number; readonly segment: Segment }> {
  const segment = newSegment(dir, first);
  const file = await files.open(segment.path);
  try {
    await cutOff(files, file, segment.bytes);
  } catch (thrown) {
    await files.close(file);
    await files.remove(segment.path).catch(() => {}); // else each try would leave one
    throw thrown;
  }
  return { file, segment };
}

/** Removes a segment, or keeps it aside when it is damaged; somebody may have removed it. */
export async function dispose(files: FileLayer, { path, damage }: Segment): Promise<void> {
  if (damage === null) return unlessGone(files.remove(path));
  await unlessGone(files.rename(path, `${path}${ASIDE}`));
  const dir = dirname(path);
  const aside = (await files.list(dir)).filter((name) => name.endsWith(ASIDE)).sort();
  for (const name of aside.slice(0, -MAX_ASIDE_FILES)) await unlessGone(files.remove(join(dir, name)));
}

async function unlessGone(call: Promise<void>): Promise<void> {
  await call.catch((thrown) => {
    if (!isGone(thrown)) throw thrown;
  });
}

/** Those of these that are not there, or of the last one not all of it, and not known to be lost. */
export async function lostOf(files: FileLayer, dir: string, segments: readonly Segment[]): Promise<Segment[]> {
  const known = [...segments]; // others come and go meanwhile
  const names = new Set(await files.list(dir));
  const last = known.at(-1);
  const isCut = last !== undefined && names.has(basename(last.path)) && !(await isWhole(files, last));
  const isLost = (one: Segment): boolean => !names.has(basename(one.path)) || (isCut && one === last);
  return known.filter((one) => !one.isLost && isLost(one) && segments.includes(one));
}

async function isWhole(files: FileLayer, segment: Segment): Promise<boolean> {
  const { path, seen, bytes } = segment;
  if (bytes === MAGIC.length) return true; // it may be being begun
  const file = await files.openToRead(path).catch((thrown) => {
    if (isGone(thrown)) return null;
    throw thrown;
  });
  if (file === null) return false;
  try {
    // One that was cut short and written on has a hole.
    const isSeen = (await files.read(file, seen.at, seen.bytes.length)).equals(seen.bytes);
    const at = Math.max(MAGIC.length, bytes - SEEN_BYTES);
    segment.seen = { at, bytes: await files.read(file, at, bytes - at) };
    return isSeen && at + segment.seen.bytes.length === bytes;
  } finally {
    await files.close(file);
  }
}

export async function syncFile(files: FileLayer, path: string): Promise<void> {
  const file = await files.openToRead(path);
  await files.sync(file).finally(() => files.close(file));
}
