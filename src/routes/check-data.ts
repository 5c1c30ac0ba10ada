import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

const WAY = "start with --data DIR (or FTS_DATA), or name a directory, spill: { dir: DIR }";

/** Maximum number of sinks that the message names. */
const MAX_NAMED_SINKS = 20;

/** What is wrong with sinks that keep something in the directory of `--data` when there is none: one problem for all. */
export function checkData(pipelines: readonly DryRunPipeline[], severity: Problem["severity"]): readonly Problem[] {
  const found = pipelines.flatMap((pipeline) => {
    const sinks = new Set(pipeline.edges.filter(({ needsData }) => needsData).map(({ name }) => name));
    return [...sinks].map((sink) => ({ pipeline, sink, words: `${sink} in ${JSON.stringify(pipeline.name)}` }));
  });
  const [first] = found;
  if (first === undefined) return [];
  const { file, line, column, source, name } = first.pipeline;
  const what = `spill: true, which needs a directory: ${WAY}`;
  if (found.length === 1)
    return [
      { file, line, column, message: `pipeline ${JSON.stringify(name)}: ${first.sink} has ${what}`, source, severity },
    ];
  const named = found.slice(0, MAX_NAMED_SINKS).map(({ words }) => words);
  const more = found.length > MAX_NAMED_SINKS ? ` and ${found.length - MAX_NAMED_SINKS} more` : "";
  const message = `${found.length} sinks have ${what}: ${named.join(", ")}${more}`;
  return [{ file, line, column, message, source: null, severity }];
}
