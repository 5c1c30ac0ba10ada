import { usesIndex } from "../core/pipeline-edges.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Spread } from "./spread-of.ts";

/**
 * Where pipelines may run beside each other, by name: what {@link spreadOf} says of each alone, but for those that use the
 * index. That is in all workers only when all of them can be spread by host.
 */
export function spreadsOfSet(pipelines: readonly DryRunPipeline[]): ReadonlyMap<string, Spread> {
  const whole = pipelines.find(({ edges, spread }) => usesIndex(edges) && spread.by !== "host");
  return new Map(
    pipelines.map(({ name, edges, spread }) => {
      if (whole === undefined || spread.by === "all" || !usesIndex(edges)) return [name, spread];
      const why =
        spread.by === "host"
          ? `it uses the index with ${JSON.stringify(whole.name)}, which cannot be spread by host`
          : `it uses the index, which is spread by host, and ${spread.why}`;
      return [name, { by: "all", why }];
    }),
  );
}

/**
 * Where pipelines run beside each other, and why, in words, by name.
 *
 * @param whyOne - Why none of them is in several workers; `null`: they may be.
 */
export function placementsOf(pipelines: readonly DryRunPipeline[], whyOne: string | null = null): Map<string, string> {
  const spreads = [...spreadsOfSet(pipelines)];
  return new Map(
    spreads.map(([name, { by, why }]) => [
      name,
      by === "all" || whyOne !== null ? `one worker: ${whyOne ?? why}` : `all workers, by ${by}: ${why}`,
    ]),
  );
}
