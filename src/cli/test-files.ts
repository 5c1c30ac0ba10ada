import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FastTsError } from "../errors.ts";

/**
 * The test files that these paths mean, absolute and sorted: a directory stands for each `*.test.ts` directly in it.
 *
 * @throws FastTsError `FTS_ROUTES` when one is not there, or there is no test at all.
 */
export async function findTests(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => testsAt(resolve(path))));
  const tests = [...new Set(found.flat())].sort();
  if (tests.length > 0) return tests;
  const hint = "a test is a file *.test.ts directly in the directory";
  throw new FastTsError("FTS_ROUTES", `no tests in ${paths.join(", ")}: ${hint}`);
}

async function testsAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new FastTsError("FTS_ROUTES", `${path}: does not exist; name test files or directories`);
  if (!found.isDirectory()) return [path];
  const names = await readdir(path);
  return names.filter((name) => name.endsWith(".test.ts") && !name.startsWith(".")).map((name) => join(path, name));
}
