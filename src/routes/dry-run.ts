import type { RouteFile } from "./compile.ts";
import type { DryRunPipeline, DryRunReport } from "./dry-run-report.ts";
import { type DryRunOptions, DryRunThread } from "./dry-run-thread.ts";
import type { Problem } from "./problem.ts";

export type { DryRunPipeline, DryRunReport };

/**
 * Runs compiled route files in a thread of their own, which ends with it, and says what they declare.
 *
 * What they print is lost. A file that does not finish, exits the process or exhausts the memory is a problem of that
 * file; the others are run all the same.
 */
export async function dryRunRoutes(
  files: readonly RouteFile[],
  options: DryRunOptions,
): Promise<DryRunReport & { readonly isGivenUp?: true }> {
  const pipelines: DryRunPipeline[] = [];
  const problems: Problem[] = [];
  for (let rest = files; rest.length > 0; ) {
    const { probed, killer, isGivenUp } = await new DryRunThread(rest, options).run();
    pipelines.push(...probed.flatMap((one) => one.pipelines));
    problems.push(...probed.flatMap((one) => one.problems));
    if (isGivenUp) return { pipelines, problems, isGivenUp: true };
    if (killer !== null) problems.push(killer);
    rest = rest.slice(probed.length + 1);
  }
  return { pipelines, problems };
}
