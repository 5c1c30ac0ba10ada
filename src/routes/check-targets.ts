import type { DryRunPipeline } from "./dry-run-report.ts";
import type { Problem } from "./problem.ts";

/** Sinks that share a queue should send the same to the same place: there is one way in which it is emptied. */
export function checkTargets(pipelines: readonly DryRunPipeline[]): readonly Problem[] {
  const first = new Map<string, { readonly shape: string; readonly pipeline: string }>();
  return pipelines.flatMap(({ name, file, line, column, source, edges }) =>
    edges.flatMap(({ target }): Problem[] => {
      if (target === undefined) return [];
      const { id, label, shape } = target;
      const other = first.get(id);
      if (other === undefined) first.set(id, { shape, pipeline: name });
      if (other === undefined || other.shape === shape) return [];
      const message =
        `pipeline ${JSON.stringify(name)}: ${label} shares its queue with the one of pipeline ` +
        `${JSON.stringify(other.pipeline)}, and has another address or other options: all is sent as one of them has it. ` +
        "Give each a `name` of its own, or make them agree";
      return [{ file, line, column, message, source, severity: "warning" }];
    }),
  );
}
