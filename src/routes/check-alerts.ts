import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/**
 * Alerts of two pipelines whose keys are made by the same function resolve one another's incidents, wherever their events
 * are alike. Keys that are made by none begin with the pipeline's name.
 */
export function checkAlerts(pipelines: readonly DryRunPipeline[]): readonly Problem[] {
  const first = new Map<string, DryRunPipeline>();
  const problems: Problem[] = [];
  for (const pipeline of pipelines)
    for (const dedup of dedupsOf(pipeline)) {
      const other = first.get(dedup);
      if (other === undefined) first.set(dedup, pipeline);
      else problems.push(alike(pipeline, other, dedup));
    }
  return problems;
}

/** The functions that make the keys of a pipeline's alerts, each once. */
function dedupsOf({ edges }: DryRunPipeline): ReadonlySet<string> {
  return new Set(edges.filter(({ kind, name }) => kind === "alert" && name !== "").map(({ name }) => name));
}

function alike({ name, file, line, column, source }: DryRunPipeline, other: DryRunPipeline, dedup: string): Problem {
  const message =
    `pipeline ${JSON.stringify(name)}: alert(dedup) makes the same keys as that of pipeline ` +
    `${JSON.stringify(other.name)}, ${dedup}: they resolve one another's incidents; put a name into one of them`;
  return { file, line, column, source, message, severity: "warning" };
}
