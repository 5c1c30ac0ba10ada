import { usesIndex } from "../core/pipeline-edges.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Spread } from "./spread-of.ts";

type Placed = Pick<DryRunPipeline, "name" | "edges" | "spread">;

/** The targets whose bounds cannot be divided among so many workers: in words, by their `id`. */
export function undividedTargets(
  pipelines: readonly Pick<DryRunPipeline, "edges">[],
  workers: number,
): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  for (const { target, maxWriters = Infinity } of pipelines.flatMap(({ edges }) => edges))
    if (target !== undefined && maxWriters < workers)
      targets.set(target.id, `the bounds of ${target.label} allow ${maxWriters} of them to send`);
  return targets;
}

/**
 * Where pipelines run together, by name: the index is spread by host when all that use it are, else it is in one worker,
 * and they with it. So are those that feed a target whose bounds cannot be divided.
 */
export function spreadTogether(pipelines: readonly Placed[], workers: number): ReadonlyMap<string, Spread> {
  return withIndex(withTargets(pipelines, workers));
}

function withTargets(pipelines: readonly Placed[], workers: number): readonly Placed[] {
  const targets = undividedTargets(pipelines, workers);
  return pipelines.map((one) => {
    const [why] = one.edges.flatMap(({ target }) => targets.get(target?.id ?? "") ?? []);
    return why === undefined || one.spread.by === "all" ? one : { ...one, spread: { by: "all", why } };
  });
}

function withIndex(pipelines: readonly Placed[]): ReadonlyMap<string, Spread> {
  const users = pipelines.filter(({ edges }) => usesIndex(edges));
  const whole = users.find(({ spread }) => spread.by !== "host");
  return new Map(
    pipelines.map((one) => {
      const isMoved = whole !== undefined && users.includes(one) && one.spread.by !== "all";
      const why = `the index is in one worker, as ${JSON.stringify(whole?.name)} is not by host`;
      return [one.name, isMoved ? { by: "all", why } : one.spread];
    }),
  );
}

/**
 * The same in words.
 *
 * @param workers - Two, where their number is not known.
 * @param whyOne - Why none of them is in several workers; `null`: they may be.
 */
export function placementsOf(
  pipelines: readonly Placed[],
  workers = 2,
  whyOne: string | null = null,
): ReadonlyMap<string, string> {
  const shown = ({ by, why }: Spread): string =>
    by === "all" || whyOne !== null ? `one worker: ${whyOne ?? why}` : `all workers, by ${by}: ${why}`;
  return new Map([...spreadTogether(pipelines, workers)].map(([name, spread]) => [name, shown(spread)]));
}
