import type { RouteFile } from "./compile.ts";
import { type ProbeOptions, ProbeThread } from "./probe-thread.ts";
import type { Probed, ProbedPipeline } from "./probed.ts";
import type { Problem } from "./problem.ts";

export type { Probed, ProbedPipeline };

/**
 * Runs compiled route files in a thread of their own, which ends with it, and says what they declare.
 *
 * What they print is lost. A file that does not finish, exits the process or exhausts the memory is a problem of that
 * file; the others are run all the same.
 */
export async function probeRoutes(files: readonly RouteFile[], options: ProbeOptions): Promise<Probed> {
  const pipelines: ProbedPipeline[] = [];
  const problems: Problem[] = [];
  for (let rest = files; rest.length > 0; ) {
    const { probed, killer } = await new ProbeThread(rest, options).run();
    pipelines.push(...probed.flatMap((one) => one.pipelines));
    problems.push(...probed.flatMap((one) => one.problems));
    if (killer !== null) problems.push(killer);
    rest = rest.slice(probed.length + 1);
  }
  return { pipelines, problems };
}
