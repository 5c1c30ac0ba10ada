import { AsyncLocalStorage } from "node:async_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { withSecretChecks } from "../delivery/secret-checks.ts";
import { threadId } from "../system/thread-times.ts";
import type { RouteFile } from "./compile.ts";
import { type DryRunMessage, type DryRunReport, type DryRunWork, toDryRun } from "./dry-run-report.ts";
import { type Evaluated, evaluateRoute, problemOfThrow } from "./evaluate.ts";
import { PACKAGE_MODULES } from "./package-modules.ts";
import { type Problem, problemOfFile } from "./problem.ts";

const { files, secrets, partitionKey }: DryRunWork = workerData;
/** What each file threw a moment later, in work that it started and did not await: that is its problem, too. */
const late = new AsyncLocalStorage<unknown[]>();
// Of a file that is done with already it is the workers' to tell.
process.on("unhandledRejection", (reason) => late.getStore()?.push(reason));
process.on("uncaughtException", (error) => late.getStore()?.push(error));

for (const [at, file] of files.entries()) {
  say({ kind: "begin", at, threadId: threadId() });
  const probed = await probe(file);
  say({ kind: "end", at, probed });
}

async function probe(file: RouteFile): Promise<DryRunReport> {
  const strays: unknown[] = [];
  const evaluate = (): Evaluated => late.run(strays, () => evaluateRoute(file, PACKAGE_MODULES));
  const { result, problems: wrong } = secrets ? withSecretChecks(evaluate) : { result: evaluate(), problems: [] };
  const { pipelines, problem, forget } = result;
  await new Promise((resolve) => setImmediate(resolve));
  const thrown = [...strays, ...wrong];
  const problems = [...(problem === null ? [] : [problem]), ...thrown.map((one) => problemOfThrow(file, one))];
  forget();
  if (problems.length === 0 && pipelines.length === 0) problems.push(withoutPipeline(file.file));
  return {
    problems,
    pipelines: pipelines.map((declared) => toDryRun(declared, file.file, partitionKey)),
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
