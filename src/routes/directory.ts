import { readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { codeOf, FastTsError } from "../errors.ts";

/** What a route directory holds: names of the route files, and of everything directly in it. */
export interface Listing {
  /** Absolute path, as the user named it: a link stays a link. */
  readonly dir: string;
  /** The route files, sorted: each `*.ts` directly in the directory but `*.test.ts`, `_*.ts` and `*.d.ts`. */
  readonly routes: readonly string[];
  /** Named like a route file, but neither a file nor a directory: a named pipe, on which a reader waits forever. */
  readonly odd: readonly string[];
  readonly names: readonly string[];
}

/**
 * Lists a route directory.
 *
 * @throws FastTsError `FTS_ROUTES` when it does not exist, is not a directory, or may not be read.
 */
export async function listRoutes(path: string): Promise<Listing> {
  const dir = resolve(path);
  try {
    const names = (await readdir(dir)).sort();
    const named = names.filter(isRouteName);
    const kinds = await Promise.all(named.map((name) => kindOf(resolve(dir, name))));
    const only = (kind: Kind): string[] => named.filter((_, at) => kinds[at] === kind);
    return { dir, names, routes: only("file"), odd: only("odd") };
  } catch (cause) {
    const code = codeOf(cause);
    const words = code === "ENOENT" ? `does not exist; make it with fast-ts init ${path}, ${ANOTHER}` : WORDS[code];
    throw new FastTsError("FTS_ROUTES", `route directory ${dir}: ${words ?? String(cause)}`, { cause });
  }
}

/** Whether a file of this name, directly in the route directory, declares pipelines. */
export function isRouteName(name: string): boolean {
  return name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts") && !/^[_.]/.test(name);
}

const ANOTHER = "or name another with --route-dir or FTS_ROUTE_DIR";

const WORDS: Readonly<Record<string, string>> = {
  ENOTDIR: "is a file; name the directory that holds the route files",
  EACCES: "may not be read; give this user permission to read it",
  EPERM: "may not be read; give this user permission to read it",
};

type Kind = "file" | "directory" | "odd";

/** What stands at a path, links followed. */
export async function kindOf(path: string): Promise<Kind> {
  const found = await stat(path).catch(() => null);
  // A link to nowhere counts as a file: compiling it says what is wrong with it.
  if (found === null || found.isFile()) return "file";
  return found.isDirectory() ? "directory" : "odd";
}
