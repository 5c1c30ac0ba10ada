import { join } from "node:path";
import { codeOf, coerceError, FastTsError } from "../errors.ts";
import { FileLock } from "./file-lock.ts";

/** What is in the way of a directory for as long as nobody removes it. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EEXIST: "something else has that name",
  ENOTDIR: "a part of that path is not a directory",
  ENOTSUP: "no directory can be made there",
};

/** Why a directory that an option names cannot be made; `null`: nothing is there that somebody would have to remove. */
export function obstacleOf(thrown: unknown): string | null {
  return OBSTACLES[codeOf(thrown)] ?? null;
}

/** Why such a directory cannot be used. */
export function reasonOf(thrown: unknown, dir: string): string {
  const [obstacle, { message }] = [obstacleOf(thrown), coerceError(thrown)];
  if (obstacle === null) return message;
  return isInside(thrown, dir) ? `${obstacle}, ${message}` : obstacle;
}

/** What to do about it. @param flag - The option, such as `--journal`. */
export function wayOut(thrown: unknown, dir: string, flag: string): string {
  const option = `${flag} (FTS_${flag.slice(2).toUpperCase()})`;
  if (thrown instanceof TakenDirectory) return `stop it, or give this one a directory of its own with ${option}`;
  if (isInside(thrown, dir)) return `move it away, or name another directory with ${option}`;
  if (obstacleOf(thrown) !== null) return `name a directory with ${option}, it is made when it is missing`;
  const isForbidden = ["EACCES", "EPERM"].includes(codeOf(thrown));
  return `${isForbidden ? "let the user that runs fast-ts write there, or " : ""}name another directory with ${option}`;
}

/** Whether something in the directory is in the way. */
function isInside(thrown: unknown, dir: string): boolean {
  const path = thrown instanceof Error && "path" in thrown ? thrown.path : null;
  return obstacleOf(thrown) !== null && typeof path === "string" && path.startsWith(join(dir, "/"));
}

/** @param what - Is done there, such as `keep data`. */
export function unusableDirectory(what: string, dir: string, thrown: unknown, flag: string): FastTsError {
  const words = `cannot ${what} in ${dir}: ${reasonOf(thrown, dir)}; ${wayOut(thrown, dir, flag)}`;
  return new FastTsError("FTS_START", words, { cause: thrown });
}

/** Another process has the directory, or another option of this one. */
class TakenDirectory extends Error {}

/**
 * Takes the lock of a directory for this process.
 *
 * @throws TakenDirectory with who has it.
 */
export async function takeDirectory(lock: string): Promise<FileLock> {
  const taken = await FileLock.take(lock);
  if (taken === null) throw new TakenDirectory(`${await FileLock.named(lock)} uses it`);
  return taken;
}
