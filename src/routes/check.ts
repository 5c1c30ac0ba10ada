import type { Clock } from "../core/clock.ts";
import type { SpreadField } from "../core/spread.ts";
import type { PeerAddress } from "../core/stage.ts";
import { ODD } from "./bundle.ts";
import { checkData } from "./check-data.ts";
import { checkOwnPorts } from "./check-own-ports.ts";
import { checkSet } from "./check-set.ts";
import { type Compiled, compileRoutes } from "./compile.ts";
import { dryRunRoutes } from "./dry-run.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";
import { typeCheck } from "./type-check.ts";

/** Checks a route directory without opening a port or a connection. */
export interface CheckReport {
  readonly dir: string;
  /** Absolute paths of the route files. */
  readonly files: readonly string[];
  readonly pipelines: readonly DryRunPipeline[];
  /** Sorted by file and place. */
  readonly problems: readonly Problem[];
  /** False when types were not asked for, or there is no TypeScript to check with. */
  readonly isTypeChecked: boolean;
}

export interface CheckOptions {
  readonly clock: Clock;
  /** Whether types are checked, if there is a TypeScript to do it. @default true */
  readonly types?: boolean;
  /** Whether the daemon will have a directory for what outlives it. @default false */
  readonly hasData?: boolean;
  /** Whether a secret that is not there is a problem. @default true */
  readonly secrets?: boolean;
  /** The daemon's option of the name. @default "host" */
  readonly partitionKey?: SpreadField;
  /** The ports that the router will listen on, most likely: sending to one of them is warned of. @default none */
  readonly listening?: readonly PeerAddress[];
}

/**
 * Compiles, type-checks and runs the route files of a directory, in a thread that ends with the check.
 *
 * @throws FastTsError `FTS_ROUTES` when the directory does not exist, is a file, or may not be read.
 */
export async function checkRoutes(
  path: string,
  { clock, types = true, secrets = true, listening = [], hasData = false, partitionKey = "host" }: CheckOptions,
): Promise<CheckReport> {
  const compiled = await compileRoutes(path);
  const [probed, typed] = await Promise.all([
    dryRunRoutes(compiled.files, { clock, secrets, partitionKey }),
    types ? typesOf(compiled) : null,
  ]);
  const atRunTime = [
    ...compiled.problems,
    ...compiled.passedOver,
    ...probed.problems,
    ...checkSet(probed.pipelines, compiled.dir, partitionKey),
    ...(hasData ? [] : checkData(probed.pipelines, "warning")),
    ...checkOwnPorts(probed.pipelines, listening, "warning"),
  ];
  const isTypeChecked = typed !== null;
  const problems = isTypeChecked ? [...atRunTime, ...newOnly(typed, atRunTime.filter(isError))] : atRunTime;
  return {
    dir: compiled.dir,
    files: [...new Set([...compiled.files, ...compiled.problems.filter(isError)].map(({ file }) => file))].sort(),
    pipelines: probed.pipelines,
    problems: problems.toSorted(byPlace),
    isTypeChecked,
  };
}

function typesOf({ dir, problems }: Compiled): ReturnType<typeof typeCheck> {
  // The compiler of types would wait for a pipe's writer as well.
  if (problems.some(isOddImport)) return Promise.resolve([]);
  return typeCheck(dir, { except: problems.filter(isSyntaxError).map(({ file }) => file) });
}

/**
 * What the types say beyond what is known already: each error in FastTS's own words stands for the first complaint
 * about its line, and what has a syntax error is left to the compiler of the routes, which sees its cause.
 */
function newOnly(typed: readonly Problem[], known: readonly Problem[]): readonly Problem[] {
  const stillKnown = new Set(known);
  return typed.filter(({ file, line }) => {
    for (const one of stillKnown) {
      if (one.file !== file) continue;
      if (isSyntaxError(one)) return false;
      if (one.line === line) return !stillKnown.delete(one);
    }
    return true;
  });
}

function isError({ severity }: Problem): boolean {
  return severity === "error";
}

function isOddImport({ message }: Problem): boolean {
  return message.endsWith(ODD);
}

function isSyntaxError({ message }: Problem): boolean {
  return message.startsWith("syntax error");
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
