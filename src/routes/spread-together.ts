import { usesIndex } from "../core/pipeline-edges.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Spread } from "./spread-of.ts";

/**
 * Where pipelines run together, by name: the index is spread by host when all that use it are, else it is in one worker,
 * and they with it.
 */
export function spreadTogether(
  pipelines: readonly Pick<DryRunPipeline, "name" | "edges" | "spread">[],
): ReadonlyMap<string, Spread> {
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
 * @param whyOne - Why none of them is in several workers; `null`: they may be.
 */
export function placementsOf(
  pipelines: Parameters<typeof spreadTogether>[0],
  whyOne: string | null = null,
): ReadonlyMap<string, string> {
  const shown = ({ by, why }: Spread): string =>
    by === "all" || whyOne !== null ? `one worker: ${whyOne ?? why}` : `all workers, by ${by}: ${why}`;
  return new Map([...spreadTogether(pipelines)].map(([name, spread]) => [name, shown(spread)]));
}
