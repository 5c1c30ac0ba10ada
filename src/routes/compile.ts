import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Bundle, bundle, type Root } from "./bundle.ts";
import { listRoutes } from "./directory.ts";
import { PACKAGE_MODULES, type PackageModules } from "./package-modules.ts";
import { passedOver } from "./passed-over.ts";
import { type Problem, problemOfFile } from "./problem.ts";

/** A compiled route file. Plain data: it may be sent to a worker. */
export interface RouteFile {
  /** Absolute path. */
  readonly file: string;
  /** The path in the route directory. */
  readonly name: string;
  /** Of `code`: equal means that nothing changed but comments, types and layout. */
  readonly hash: string;
  /** The file and all it imports as one CommonJS script. */
  readonly code: string;
  /** Source map of `code`; its `sources` are absolute. */
  readonly map: string;
  /** Absolute paths of everything it was built from. */
  readonly inputs: readonly string[];
}

/** A route directory, compiled. The files with an error are in `problems` only. */
export interface Compiled {
  readonly dir: string;
  readonly files: readonly RouteFile[];
  readonly problems: readonly Problem[];
  /** Warnings of what looks like a route file, and is none. */
  readonly passedOver: readonly Problem[];
  /** Absolute paths of all that a change of would change the result, as far as known: what to watch. */
  readonly inputs: readonly string[];
}

/**
 * Compiles every route file directly in a directory: each `*.ts` but `*.test.ts`, `_*.ts` and `*.d.ts`. Nothing runs.
 *
 * Other files take part when a route file imports them, and may lie anywhere.
 *
 * @throws FastTsError `FTS_ROUTES` when the directory does not exist, is a file, or may not be read.
 */
export async function compileRoutes(path: string, modules: PackageModules = PACKAGE_MODULES): Promise<Compiled> {
  const listing = await listRoutes(path);
  const { dir, names, routes, odd } = listing;
  const { files, problems } = await compileFiles(await rootOf(dir, names), routes, modules);
  const compiled = report(dir, files, [...odd.map((name) => oddFile(join(dir, name))), ...problems]);
  return { ...compiled, passedOver: await passedOver(listing, new Set(compiled.inputs)) };
}

/**
 * Compiles one file as a route file, whatever its name.
 *
 * @throws FastTsError `FTS_ROUTES` when its directory does not exist or may not be read.
 */
export async function compileRoute(path: string, modules: PackageModules = PACKAGE_MODULES): Promise<Compiled> {
  const { dir, names } = await listRoutes(dirname(resolve(path)));
  const { files, problems } = await compileFiles(await rootOf(dir, names), [basename(path)], modules);
  return report(dir, files, problems);
}

async function rootOf(dir: string, names: readonly string[]): Promise<Root> {
  // In a ConfigMap each file is a link through ..data, whose target is a new directory at each change: with the links
  // resolved, the same file would have another name each time.
  return { dir, real: await realpath(dir), keepLinks: names.includes("..data") };
}

async function compileFiles(
  root: Root,
  names: readonly string[],
  modules: PackageModules,
): Promise<Pick<Compiled, "files" | "problems">> {
  const results = await Promise.all(names.map((name) => bundle(name, root, modules)));
  const files: RouteFile[] = [];
  const problems: Problem[] = [];
  for (const [at, name] of names.entries()) {
    const result = results[at];
    if (result === undefined) continue;
    if ("code" in result) {
      files.push(toRouteFile(root.dir, name, result));
      problems.push(...result.warnings);
    } else problems.push(...result);
  }
  return { files, problems };
}

function report(dir: string, files: readonly RouteFile[], problems: readonly Problem[]): Compiled {
  const inputs = new Set([...files.flatMap((file) => file.inputs), ...problems.map((problem) => problem.file)]);
  return { dir, files, problems, passedOver: [], inputs: [...inputs] };
}

function oddFile(file: string): Problem {
  const message = "is skipped, for it is no regular file: a route file must be one, or a link to one";
  return { ...problemOfFile(file, message), severity: "warning" };
}

function toRouteFile(dir: string, name: string, { code, map, inputs }: Bundle): RouteFile {
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  return { file: join(dir, name), name, hash, code, map, inputs };
}
