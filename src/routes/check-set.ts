import { relative } from "node:path";
import type { SpreadField } from "../core/spread.ts";
import { checkAlerts } from "./check-alerts.ts";
import { checkChannels } from "./check-channels.ts";
import { checkSpread } from "./check-spread.ts";
import { checkTargets } from "./check-targets.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/** The rules for all pipelines of a route directory: unique names, and those for channels. */
export function checkSet(
  pipelines: readonly DryRunPipeline[],
  dir: string,
  partitionKey?: SpreadField,
): readonly Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, DryRunPipeline>();
  for (const pipeline of pipelines) {
    const other = first.get(pipeline.name);
    if (other === undefined) first.set(pipeline.name, pipeline);
    else problems.push(twice(pipeline, other, dir));
  }
  return [
    ...problems,
    ...pipelines.flatMap(warnings),
    ...checkChannels(pipelines),
    ...checkAlerts(pipelines),
    ...checkTargets(pipelines),
    ...checkSpread(pipelines, partitionKey),
  ];
}

function warnings({ name, file, line, column, source, warnings }: DryRunPipeline): readonly Problem[] {
  return warnings.map((warning) => {
    const message = `pipeline ${JSON.stringify(name)}: ${warning}`;
    return { file, line, column, message, source, severity: "warning" };
  });
}

function twice(
  { name, file, line, column, source, route }: DryRunPipeline,
  other: DryRunPipeline,
  dir: string,
): Problem {
  const at = `${relative(dir, other.file)}:${other.line}:${other.column}`;
  const isSamePlace = other.file === file && other.line === line && other.column === column;
  const message = !isSamePlace
    ? `pipeline ${JSON.stringify(name)} is already declared at ${at}: give one of them another name`
    : route === other.route
      ? `pipeline ${JSON.stringify(name)} is declared here twice: give each another name`
      : `pipeline ${JSON.stringify(name)} is declared here twice, for ${relative(dir, other.route)} and ` +
        `${relative(dir, route)} import this file: declare it in a route file of its own`;
  return { file, line, column, message, source, severity: "error" };
}
