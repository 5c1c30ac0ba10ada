import { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction } from "node:vm";
import { collectPipelines, type Pipeline } from "../core/pipeline.ts";
import { asRouteFile } from "../core/route-file.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import type { RouteFile } from "./compile.ts";
import { isRouteName } from "./directory.ts";
import { PACKAGE_MODULES, type PackageModules } from "./package-modules.ts";
import { type Problem, problemOfFile } from "./problem.ts";
import { RouteTimers } from "./route-timers.ts";
import { placesOf, registerBundle, type SourcePosition, scriptName } from "./source-map.ts";
import { stopAfter } from "./time-limit.ts";

/** A pipeline and where the user wrote it. */
export interface Declared {
  readonly pipeline: Pipeline;
  readonly place: SourcePosition;
}

/** What a route file did when it was run. */
export interface Evaluated {
  readonly file: RouteFile;
  /** Empty when there is a problem. */
  readonly pipelines: readonly Declared[];
  readonly problem: Problem | null;
  /** Ends its timers and the mapping of its stacks; to be called when its pipelines have ended. Idempotent. */
  readonly forget: () => void;
}

/**
 * Runs a compiled route file in this thread and collects what it declares.
 *
 * The code is a function, not a module: nothing holds it once its pipelines are gone. `modules` are the modules that the
 * file gets for the package's names; they must be the ones that run here. Files that it imports are part of the
 * bundle, so one that is itself a route file runs here too: its own pipelines are left to it.
 *
 * @param timeLimit - Seconds after which it is stopped; left out, it is known to finish, or its thread is watched over.
 */
export function evaluateRoute(file: RouteFile, modules: PackageModules, timeLimit?: number): Evaluated {
  const unregister = registerBundle(file);
  const timers = new RouteTimers();
  const forget = (): void => {
    unregister();
    timers.end();
  };
  const limit = Error.stackTraceLimit;
  // Deep enough to reach from a helper's helper back to the file that called it.
  Error.stackTraceLimit = 100;
  try {
    const work = (): void => run(file, { ...modules, ...timers.modules }, timers);
    const limited = (): void => (timeLimit === undefined ? work() : stopAfter(timeLimit, work));
    const pipelines = collectPipelines(() => asRouteFile(file.file, limited));
    return { file, pipelines: located(file, pipelines), problem: null, forget };
  } catch (thrown) {
    const problem = problemOfThrow(file, thrown);
    forget();
    return { file, pipelines: [], problem, forget };
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** What a route file threw, at the innermost place in the user's own code; in a file it imports, with who called it. */
export function problemOfThrow(file: RouteFile, thrown: unknown): Problem {
  try {
    const problem = problemOfFile(file.file, wordsOf(thrown));
    if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return problem;
    const places = placesOf(withColumn(thrown.stack));
    const place = places.find(isUsers) ?? places[0];
    const caller = places.find((at) => at.file === file.file);
    if (caller === undefined || place?.file === file.file) return { ...problem, ...place };
    const message = `${problem.message}; called at ${file.name}:${caller.line}:${caller.column}`;
    return { ...problem, ...place, message };
  } catch {
    // What is thrown may throw itself, when it is looked at.
    return problemOfFile(file.file, "throws a value that cannot be shown: throw an Error, which knows its place");
  }
}

function wordsOf(thrown: unknown): string {
  if (thrown instanceof FastTsError) return thrown.message;
  if (thrown instanceof Error) return `throws ${thrown.name}: ${thrown.message}${importOf(thrown)}`;
  return `throws ${show(thrown)}: throw an Error, which knows its place`;
}

/** What to do about a name of the package that is used but not imported. */
function importOf({ name, message }: Error): string {
  const [, missing = ""] = (name === "ReferenceError" && /^(\w+) is not defined$/.exec(message)) || [];
  for (const [module, names] of Object.entries(PACKAGE_MODULES))
    if (Object.hasOwn(names, missing)) return `; import { ${missing} } from "${module}"`;
  return "";
}

/** An early error (a bad regular expression) has its place not in a frame, but above a caret at the top of the stack. */
function withColumn(stack: string): string {
  return stack.replace(/^(.*\?[0-9a-f]{16}:\d+)\n.*\n( *)\^/, (_, place: string, before: string) => {
    return `${place}:${before.length + 1}`;
  });
}

function run(route: RouteFile, modules: Readonly<Record<string, unknown>>, { functions }: RouteTimers): void {
  const { file, code } = route;
  // Not a Script: the compilation cache would keep the source of every one for good (50 kB each for 50 kB of code).
  const body = compileFunction(code, PARAMETERS, { filename: scriptName(route) });
  const load = createRequire(file);
  const require = (id: string): unknown => (Object.hasOwn(modules, id) ? modules[id] : load(id));
  const module = { exports: {} };
  body.call(module.exports, module.exports, require, module, file, dirname(file), pathToFileURL(file).href, functions);
}

/** What the code finds besides the global names; the last three are there for the definitions of the compiler of routes. */
const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname", "__fileurl", "__timers"];

function located(route: RouteFile, pipelines: readonly Pipeline[]): Declared[] {
  const declared: Declared[] = [];
  for (const pipeline of pipelines) {
    const places = placesOf(pipeline.declaredAt);
    if (isAnotherRoute(places.at(-1)?.file, route)) continue;
    const place = places.find((at) => at.file === route.file) ?? places.find(isUsers) ?? places[0];
    declared.push({ pipeline, place: place ?? { file: route.file, line: 1, column: 1, source: null } });
  }
  return declared;
}

/** Whether the outermost frame is another route file's top level, run here because this one imports it. */
function isAnotherRoute(file: string | undefined, route: RouteFile): boolean {
  if (file === undefined || file === route.file) return false;
  return dirname(file) === dirname(route.file) && isRouteName(basename(file));
}

function isUsers(place: SourcePosition): boolean {
  return !/[\\/]node_modules[\\/]/.test(place.file);
}
