import { readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { FastTsError } from "../errors.ts";

/** What a route directory holds: names of the route files, and of everything directly in it. */
export interface Listing {
  /** Absolute path, as the user named it: a link stays a link. */
  readonly dir: string;
  /** The route files, sorted: each `*.ts` directly in the directory but `*.test.ts`, `_*.ts` and `*.d.ts`. */
  readonly routes: readonly string[];
  readonly names: readonly string[];
}

/**
 * Lists a route directory.
 *
 * @throws FastTsError `FTS_ROUTES` when there is none, it is no directory, or it may not be read.
 */
export async function listRoutes(path: string): Promise<Listing> {
  const dir = resolve(path);
  try {
    const names = (await readdir(dir)).sort();
    return { dir, names, routes: await onlyFiles(dir, names.filter(isRouteName)) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new FastTsError("FTS_ROUTES", `route directory ${dir}: ${WORDS[code] ?? String(cause)}`, { cause });
  }
}

/** Whether a file of this name, directly in the route directory, declares pipelines. */
export function isRouteName(name: string): boolean {
  return name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts") && !/^[_.]/.test(name);
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; create it, or name another with --route-dir or FTS_ROUTE_DIR",
  ENOTDIR: "is a file; name the directory that holds the route files",
  EACCES: "may not be read; give this user permission to read it",
  EPERM: "may not be read; give this user permission to read it",
};

async function onlyFiles(dir: string, names: readonly string[]): Promise<string[]> {
  const kinds = await Promise.all(names.map((name) => stat(resolve(dir, name)).catch(() => null)));
  // A link to nowhere stays in the list: compiling it says what is wrong with it.
  return names.filter((_, at) => !kinds[at]?.isDirectory());
}
