import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/** What is wrong with pipelines that keep something in the directory of `--data` when there is none. */
export function checkData(pipelines: readonly DryRunPipeline[], severity: Problem["severity"]): readonly Problem[] {
  return pipelines.flatMap(({ name, file, line, column, source, edges }) => {
    const sinks = [...new Set(edges.filter(({ needsData }) => needsData).map((edge) => edge.name))];
    return sinks.map((sink) => {
      const way = "start with --data DIR (or FTS_DATA), or name a directory, spill: { dir: DIR }";
      const message = `pipeline ${JSON.stringify(name)}: ${sink} has spill: true, which needs a directory: ${way}`;
      return { file, line, column, message, source, severity };
    });
  });
}
