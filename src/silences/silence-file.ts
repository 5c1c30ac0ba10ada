import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";
import { codeOf, coerceError, FastTsError } from "../errors.ts";
import { FileLock } from "../state/file-lock.ts";
import { MAX_SILENCES, type Silence } from "./silence.ts";
import { readSilences, writeSilences } from "./silence-text.ts";

/** Who edits waits this long for the one before. */
const MAX_LOCK_SECONDS = 5;
const LOOK_AGAIN_SECONDS = 0.05;
/** How long a silence stays in the file when it is over. */
const MAX_KEPT_SECONDS = 30 * 86_400;

/**
 * The silences in a file; none when there is no file.
 *
 * @throws FastTsError `FTS_SILENCE` when it cannot be read, or has something else in it.
 */
export async function loadSilences(path: string): Promise<readonly Silence[]> {
  return readSilences(path, await textOf(path));
}

/**
 * Replaces the silences in a file by what `edit` makes of them, whole or not at all, one editor at a time. Those that
 * have been over for 30 days are left out, and of those that are over the oldest when there are more than
 * {@link MAX_SILENCES}.
 *
 * @throws FastTsError as {@link loadSilences}, and when too many are not over, or the file is locked or cannot be written.
 */
export async function editSilences(
  path: string,
  clock: Clock,
  edit: (silences: readonly Silence[]) => readonly Silence[],
): Promise<void> {
  const lock = await locked(path, clock);
  try {
    const kept = keptOf(edit(await loadSilences(path)), clock.now());
    if (kept.length > MAX_SILENCES)
      throw new FastTsError("FTS_SILENCE", `${path} has ${MAX_SILENCES} silences that are not over: end some`);
    await replaceFile(path, writeSilences(kept));
  } finally {
    await lock.release();
  }
}

function keptOf(silences: readonly Silence[], now: number): readonly Silence[] {
  const kept = silences.filter(({ until }) => now - until < MAX_KEPT_SECONDS);
  const over = kept.filter(({ until }) => until <= now).toSorted((a, b) => a.until - b.until);
  const forgotten = new Set(over.slice(0, Math.max(0, kept.length - MAX_SILENCES)));
  return kept.filter((silence) => !forgotten.has(silence));
}

async function textOf(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is not a regular file");
    return await readFile(path, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return "";
    throw new FastTsError("FTS_SILENCE", `cannot read ${path}: ${coerceError(thrown).message}`, { cause: thrown });
  }
}

async function locked(path: string, clock: Clock): Promise<FileLock> {
  for (let waited = 0; waited < MAX_LOCK_SECONDS; waited += LOOK_AGAIN_SECONDS) {
    const lock = await taken(path);
    if (lock !== null) return lock;
    await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_SECONDS, resolve));
  }
  throw new FastTsError("FTS_SILENCE", `${path}: another process edits it: try again`);
}

async function taken(path: string): Promise<FileLock | null> {
  try {
    return await FileLock.take(path);
  } catch (thrown) {
    const isMissing = codeOf(thrown) === "ENOENT";
    const why = isMissing ? `there is no directory ${dirname(path)}: make it` : coerceError(thrown).message;
    throw new FastTsError("FTS_SILENCE", `cannot write ${path}: ${why}`, { cause: thrown });
  }
}

/** A reader sees the old text or the new one, also after a power cut. */
async function replaceFile(path: string, text: string): Promise<void> {
  const written = `${path}.new`;
  try {
    await rm(written, { force: true }); // a link may lead to a file of somebody else
    const file = await open(written, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(written, path);
  } catch (thrown) {
    throw new FastTsError("FTS_SILENCE", `cannot write ${path}: ${coerceError(thrown).message}`, { cause: thrown });
  }
}
