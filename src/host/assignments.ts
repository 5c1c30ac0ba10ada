import { fieldOfSpread, type SpreadBy, type SpreadField, stateName, workerLabel } from "../core/spread.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { Problem } from "../routes/problem.ts";
import type { Spread } from "../routes/spread-of.ts";
import { spreadTogether } from "../routes/spread-together.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { RouteSet } from "./host.ts";
import { type Placement, placePipelines } from "./placement.ts";
import type { StateOwner } from "./snapshot-groups.ts";

/** Of a worker without pipelines. */
export const NO_ASSIGNMENT: Assignment = { files: [], owned: [] };

/** Where the pipelines of a route set are to run, and what that changes. */
export interface Assignments {
  readonly spreads: ReadonlyMap<string, Spread>;
  readonly placement: ReadonlyMap<string, Placement>;
  /** Those that go from workers to others. */
  readonly moving: readonly DryRunPipeline[];
  /** Why these move. */
  readonly why: string;
  /** Of each worker. */
  readonly each: readonly Assignment[];
}

/** @param now - Where pipelines are now. */
export function assignmentsOf(
  set: RouteSet,
  now: ReadonlyMap<string, Placement>,
  workers: number,
  partitionKey: SpreadField,
): Assignments {
  const { pipelines } = set;
  const spreads = spreadTogether(pipelines, workers, partitionKey, spreadsNow(now, partitionKey));
  const placement = placePipelines(pipelines, now, workers, spreads);
  const moving = pipelines.filter(({ name }) => now.has(name) && now.get(name) !== placement.get(name));
  const each = Array.from({ length: workers }, (_, worker) => assignmentOf(set, placement, worker));
  return { spreads, placement, moving, why: whyMoving(moving, now, placement), each };
}

/** What a worker is to host. */
function assignmentOf(
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

/** By which fields those are that are spread. */
function spreadsNow(
  placement: ReadonlyMap<string, Placement>,
  partitionKey: SpreadField,
): ReadonlyMap<string, { readonly by: SpreadField }> {
  const spread = [...placement].flatMap(([name, place]) =>
    typeof place === "number" || place === "all" ? [] : [[name, { by: fieldOfSpread(place, partitionKey) }] as const],
  );
  return new Map(spread);
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
function whyMoving(
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
