import { type SpreadBy, spreadOfField } from "../core/spread.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import { groupsOf } from "../routes/joined-pipelines.ts";
import type { Spread } from "../routes/spread-of.ts";
import { undividedTargets } from "../routes/spread-together.ts";

/** The worker that hosts a pipeline, or the by of events that it gets in each of them. */
export type Placement = number | SpreadBy;

/**
 * Which worker hosts which pipeline. Those that can be spread are in all. Others that channels, the index, the queue of
 * a sink or a target whose bounds cannot be divided join stay together, where most of them already are; new ones go to the
 * worker with the fewest.
 *
 * @param now - Where pipelines are now.
 * @param spreads - Where pipelines may run.
 */
export function placePipelines(
  pipelines: readonly DryRunPipeline[],
  now: ReadonlyMap<string, Placement>,
  workers: number,
  spreads: ReadonlyMap<string, Spread>,
): Map<string, Placement> {
  const load = new Array<number>(workers).fill(0);
  const placement = new Map<string, Placement>();
  const spreadBy = ({ name }: DryRunPipeline): SpreadBy => spreadOfField(spreads.get(name)?.by ?? "all");
  const isSpread = (one: DryRunPipeline): boolean => spreadBy(one) !== "all";
  for (const one of pipelines) if (isSpread(one)) placement.set(one.name, spreadBy(one));
  const settle = (group: readonly DryRunPipeline[], worker: number): void => {
    for (const { name } of group) placement.set(name, worker);
    load[worker] = (load[worker] ?? 0) + group.length;
  };
  const whole = pipelines.filter((one) => !isSpread(one));
  const undivided = undividedTargets(pipelines, workers);
  const groups = groupsOf(whole, undivided).map((group) => ({ group, worker: workerOf(group, now) }));
  for (const { group, worker } of groups) if (worker !== null) settle(group, worker);
  const largestFirst = groups.toSorted((a, b) => b.group.length - a.group.length);
  for (const { group, worker } of largestFirst) if (worker === null) settle(group, load.indexOf(Math.min(...load)));
  return placement;
}

/** The worker in which most of a group are, among equals the first one's; `null` when all are new. */
function workerOf(group: readonly DryRunPipeline[], now: ReadonlyMap<string, Placement>): number | null {
  const placement = group.map(({ name }) => now.get(name)).filter((place) => typeof place === "number");
  const votes = (worker: number): number => placement.filter((one) => one === worker).length;
  return placement.toSorted((a, b) => votes(b) - votes(a))[0] ?? null;
}
