import { usesIndex } from "../core/pipeline-edges.ts";
import { publishedBy, subscribedTo } from "./check-channels.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";

type Joined = Pick<DryRunPipeline, "edges">;

/**
 * The pipelines that have something in common, directly or by way of others; each in the order of their declaration.
 *
 * @param targets - The `id`s of targets that join those that feed them. @default none does
 */
export function groupsOf<P extends Joined>(
  pipelines: readonly P[],
  targets: Pick<ReadonlyMap<string, unknown>, "has"> = new Map(),
): readonly (readonly P[])[] {
  let groups: { members: P[]; joints: Set<string> }[] = [];
  for (const pipeline of pipelines) {
    const own = { members: [pipeline], joints: jointsOf(pipeline, targets) };
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
function jointsOf(pipeline: Joined, targets: Pick<ReadonlyMap<string, unknown>, "has">): Set<string> {
  const channels = [...publishedBy(pipeline), ...subscribedTo(pipeline)].map((channel) => `channel ${channel}`);
  const queues = pipeline.edges.flatMap(({ queue }) => (queue === undefined ? [] : [`queue ${queue}`]));
  const fed = pipeline.edges.flatMap(({ target }) => (target && targets.has(target.id) ? [`target ${target.id}`] : []));
  return new Set([...channels, ...queues, ...fed, ...(usesIndex(pipeline.edges) ? ["index"] : [])]);
}
