import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { Problem } from "../routes/problem.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { RouteSet } from "./host.ts";

/** Of a worker without pipelines. */
export const NO_ASSIGNMENT: Assignment = { files: [], owned: [] };

/** What a worker hosts. */
export function assignment(
  { files, pipelines }: RouteSet,
  placement: ReadonlyMap<string, number>,
  worker: number,
): Assignment {
  const mine = pipelines.filter((pipeline) => placement.get(pipeline.name) === worker);
  const routes = new Set(mine.map((pipeline) => pipeline.route));
  return { files: files.filter((file) => routes.has(file.file)), owned: mine.map((pipeline) => pipeline.name) };
}

/** Why a route set cannot be swapped to. */
export function cannotMove(moving: readonly DryRunPipeline[]): Problem {
  const names = moving.map(({ name }) => JSON.stringify(name)).join(", ");
  const message =
    `channels or the index join pipelines of several workers, and ${names} cannot move now: a worker does not keep up ` +
    "with what comes in; load the routes again when it does, or restart the daemon";
  const { file = "", line = null, column = null, source = null } = moving[0] ?? {};
  return { file, line, column, source, message, severity: "error" };
}

/** Each problem once. */
export function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && seen.add(key);
  });
}
