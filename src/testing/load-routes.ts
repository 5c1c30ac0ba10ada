import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FastTsError } from "../errors.ts";
import { checkSet } from "../routes/check-set.ts";
import type { RouteFile } from "../routes/compile.ts";
import { compileSync } from "../routes/compile-sync.ts";
import { toDryRun } from "../routes/dry-run-report.ts";
import { type Evaluated, evaluateRoute } from "../routes/evaluate.ts";
import { PACKAGE_MODULES } from "../routes/package-modules.ts";
import { formatProblem, type Problem } from "../routes/problem.ts";
import { MAX_FILE_SECONDS } from "../routes/time-limit.ts";

/**
 * Compiles route files and directories and runs them in this thread, as the daemon does.
 *
 * @param from - The directory that relative paths start from; missing files are looked for in the working directory.
 * @param timeLimit - Seconds that one file may take.
 * @throws FastTsError `FTS_ROUTES` with every problem there is.
 */
export function loadRoutes(
  paths: readonly (string | URL)[],
  from: string,
  timeLimit: number = MAX_FILE_SECONDS,
): readonly Evaluated[] {
  const compiled = paths.map((path) => compileSync(find(path, from)));
  failOn(compiled.flatMap(({ problems }) => problems));
  const files = new Map<string, RouteFile>();
  for (const file of compiled.flatMap((one) => one.files)) files.set(file.file, file);
  const evaluated = [...files.values()].map((file) => evaluateRoute(file, PACKAGE_MODULES, timeLimit));
  failOn(evaluated.flatMap(({ problem }) => problem ?? []));
  const declared = evaluated.flatMap(({ file, pipelines }) => pipelines.map((one) => toDryRun(one, file.file)));
  failOn(checkSet(declared, compiled[0]?.dir ?? from));
  if (declared.length === 0)
    throw new FastTsError(
      "FTS_ROUTES",
      `${paths.join(", ")}: no pipeline is declared there, so there is nothing to run`,
    );
  return evaluated;
}

function find(path: string | URL, from: string): string {
  if (path instanceof URL) return fileURLToPath(path);
  const places = [...new Set([resolve(from, path), resolve(path)])];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const hint = path === dirname(path) ? "" : "; a relative path starts from the file that calls routes()";
  throw new FastTsError(
    "FTS_ROUTES",
    `routes(${JSON.stringify(path)}): there is no ${places.join(", and no ")}${hint}`,
  );
}

/** Throws `FTS_ROUTES` with all errors among the problems; warnings are let pass. */
export function failOn(problems: readonly Problem[]): void {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  throw new FastTsError("FTS_ROUTES", errors.map((problem) => formatProblem(problem, process.cwd())).join("\n"));
}
