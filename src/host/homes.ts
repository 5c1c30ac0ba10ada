import { usesIndex } from "../core/edges.ts";
import { publishedBy, subscribedTo } from "../routes/check-channels.ts";
import type { ProbedPipeline } from "../routes/probed.ts";

/**
 * Which worker hosts which pipeline. What channels or the index join stays together, where most of it is already; what is
 * new goes where the fewest are.
 *
 * @param now - Where pipelines are.
 */
export function assignHomes(
  pipelines: readonly ProbedPipeline[],
  now: ReadonlyMap<string, number>,
  workers: number,
): Map<string, number> {
  const load = new Array<number>(workers).fill(0);
  const homes = new Map<string, number>();
  const settle = (group: readonly ProbedPipeline[], worker: number): void => {
    for (const { name } of group) homes.set(name, worker);
    load[worker] = (load[worker] ?? 0) + group.length;
  };
  const groups = groupsOf(pipelines).map((group) => ({ group, home: homeOf(group, now) }));
  for (const { group, home } of groups) if (home !== null) settle(group, home);
  const largestFirst = groups.toSorted((a, b) => b.group.length - a.group.length);
  for (const { group, home } of largestFirst) if (home === null) settle(group, load.indexOf(Math.min(...load)));
  return homes;
}

/** The pipelines that channels or the index join, directly or by way of others; each in the order of their declaration. */
function groupsOf(pipelines: readonly ProbedPipeline[]): readonly (readonly ProbedPipeline[])[] {
  let groups: { members: ProbedPipeline[]; joints: Set<string> }[] = [];
  for (const pipeline of pipelines) {
    const own = { members: [pipeline], joints: jointsOf(pipeline) };
    const joined = groups.filter(({ joints }) => [...own.joints].some((joint) => joints.has(joint)));
    const all = {
      members: [...joined.flatMap(({ members }) => members), pipeline],
      joints: new Set([...joined, own].flatMap(({ joints }) => [...joints])),
    };
    groups = [...groups.filter((group) => !joined.includes(group)), all];
  }
  return groups.map(({ members }) => members);
}

/** What a pipeline has in common with others. */
function jointsOf(pipeline: ProbedPipeline): Set<string> {
  const channels = [...publishedBy(pipeline), ...subscribedTo(pipeline)].map((channel) => `channel ${channel}`);
  return new Set(usesIndex(pipeline.edges) ? [...channels, "index"] : channels);
}

/** The worker in which most of a group are, among equals the first one's; `null` when all are new. */
function homeOf(group: readonly ProbedPipeline[], now: ReadonlyMap<string, number>): number | null {
  const homes = group.map(({ name }) => now.get(name)).filter((home) => home !== undefined);
  const votes = (home: number): number => homes.filter((one) => one === home).length;
  return homes.toSorted((a, b) => votes(b) - votes(a))[0] ?? null;
}
