import { parentPort, workerData } from "node:worker_threads";
import { threadId } from "../system/thread-times.ts";
import type { RouteFile } from "./compile.ts";
import { type DryRunMessage, type DryRunReport, toDryRun } from "./dry-run-report.ts";
import { evaluateRoute, problemOfThrow } from "./evaluate.ts";
import { PACKAGE_MODULES } from "./package-modules.ts";
import { type Problem, problemOfFile } from "./problem.ts";

const files: readonly RouteFile[] = workerData;
let late: unknown[] = [];
// Work that a file started and did not await: if it fails a moment later, that is the file's problem, too.
process.on("unhandledRejection", (reason) => late.push(reason));

for (const [at, file] of files.entries()) {
  say({ kind: "begin", at, threadId: threadId() });
  const probed = await probe(file);
  say({ kind: "end", at, probed });
}

async function probe(file: RouteFile): Promise<DryRunReport> {
  late = [];
  const { pipelines, problem, forget } = evaluateRoute(file, PACKAGE_MODULES);
  await new Promise((resolve) => setImmediate(resolve));
  const problems = [...(problem === null ? [] : [problem]), ...late.map((reason) => problemOfThrow(file, reason))];
  forget();
  if (problems.length === 0 && pipelines.length === 0) problems.push(withoutPipeline(file.file));
  return {
    problems,
    pipelines: pipelines.map((declared) => toDryRun(declared, file.file)),
  };
}

function withoutPipeline(file: string): Problem {
  const message =
    "declares no pipeline: call pipeline(name, [ … ]); the name of a file that others import begins with _";
  return { ...problemOfFile(file, message), severity: "warning" };
}

function say(message: DryRunMessage): void {
  parentPort?.postMessage(message);
}
