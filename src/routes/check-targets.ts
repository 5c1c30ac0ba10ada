import type { Edge } from "../core/stage.ts";
import { QUEUE_SETTINGS, type TargetSettings } from "../core/target-port.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

type SinkTarget = NonNullable<Edge["target"]>;

/** Those that two sinks of a target may set to different values. */
const SETTINGS = [...QUEUE_SETTINGS, "rate", "spill"] as const;

/** Sinks that share a queue should send the same to the same place, and want the same of it: there is one way for each. */
export function checkTargets(pipelines: readonly DryRunPipeline[]): readonly Problem[] {
  const first = new Map<string, { readonly target: SinkTarget; readonly pipeline: string }>();
  return pipelines.flatMap(({ name, file, line, column, source, edges }) =>
    edges.flatMap(({ target }): Problem[] => {
      if (target === undefined) return [];
      const other = first.get(target.id);
      if (other === undefined) first.set(target.id, { target, pipeline: name });
      const difference = other === undefined ? null : differenceOf(other.target, target);
      if (other === undefined || difference === null) return [];
      const message =
        `pipeline ${JSON.stringify(name)}: ${target.label} shares its queue with the one of pipeline ` +
        `${JSON.stringify(other.pipeline)}, and ${difference}. Give each a \`name\` of its own, or make them agree`;
      return [{ file, line, column, message, source, severity: "warning" }];
    }),
  );
}

function differenceOf(one: SinkTarget, other: SinkTarget): string | null {
  if (one.shape !== other.shape) return "has another address or other options: all is sent as one of them has it";
  const textOf = ({ settings }: SinkTarget, key: keyof TargetSettings): string => JSON.stringify(settings?.[key]);
  const differing = SETTINGS.filter((key) => textOf(one, key) !== textOf(other, key));
  return differing.length === 0 ? null : `has another ${differing.join(", ")}: that of one of them holds for both`;
}
