import { type SpreadBy, type SpreadField, stateName, workerLabel } from "../core/spread.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { Problem } from "../routes/problem.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { RouteSet } from "./host.ts";
import type { Placement } from "./placement.ts";
import type { StateOwner } from "./snapshot-groups.ts";

/** Of a worker without pipelines. */
export const NO_ASSIGNMENT: Assignment = { files: [], owned: [] };

/** What a worker is to host. */
export function assignmentOf(
  { files, pipelines }: RouteSet,
  placement: ReadonlyMap<string, Placement>,
  worker: number,
): Assignment {
  const spreads = new Map<string, SpreadBy>();
  const mine = pipelines.filter(({ name }) => {
    const place = placement.get(name);
    if (typeof place === "string") spreads.set(name, place);
    return place === worker || typeof place === "string";
  });
  const routes = new Set(mine.map((pipeline) => pipeline.route));
  const owned = mine.map((pipeline) => pipeline.name);
  return { files: files.filter((file) => routes.has(file.file)), owned, spreads };
}

export const BEHIND =
  "a worker does not keep up with what comes in; load the routes again when it does, or restart the daemon";
export const ENDED = "a worker has ended meanwhile; load the routes again";

/**
 * Why a route set cannot be swapped to.
 *
 * @param why - Why these move.
 * @param whyNot - What is in the way, and what to do.
 */
export function cannotMove(moving: readonly DryRunPipeline[], why: string, whyNot: string): Problem {
  const names = moving.map(({ name }) => JSON.stringify(name)).join(", ");
  const message = `${why}, and ${names} cannot move now: ${whyNot}`;
  const { file = "", line = null, column = null, source = null } = moving[0] ?? {};
  return { file, line, column, source, message, severity: "error" };
}

/** The states that a pipeline has: one, or one a worker. */
export function statesOf(
  { name, edges }: DryRunPipeline,
  place: Placement | undefined,
  workers: number,
  partitionKey: SpreadField,
): readonly StateOwner[] {
  if (typeof place !== "string") return [{ name, edges }];
  return Array.from({ length: workers }, (_, worker) => {
    const part = { label: workerLabel(worker, workers), partitionKey };
    return { name: stateName(name, place, part), edges };
  });
}

/** Why pipelines move between workers. */
export function whyMoving(
  moving: readonly DryRunPipeline[],
  now: ReadonlyMap<string, Placement>,
  next: ReadonlyMap<string, Placement>,
): string {
  const isWhole = moving.every(({ name }) =>
    [now.get(name), next.get(name)].every((place) => typeof place === "number"),
  );
  return isWhole
    ? "channels, the index or a sink join pipelines of several workers"
    : "pipelines are spread over workers in another way";
}

/** Each problem once. */
export function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && seen.add(key);
  });
}
