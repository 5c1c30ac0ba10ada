import type { DryRunPipeline } from "../../src/routes/dry-run-report.ts";

/** A pipeline as a dry run reports it: without stages, in `/r/a.ts` at 3:1, but for what is told. */
export function declared(name: string, told: Partial<DryRunPipeline> = {}): DryRunPipeline {
  return {
    name,
    ...{ file: "/r/a.ts", line: 3, column: 1, source: "pipeline(…)", route: "/r/a.ts" },
    ...{ stageNames: [], empty: false, options: {}, edges: [] },
    ...{ spread: { by: "all", why: "" }, forgetful: [], warnings: [] },
    ...told,
  };
}
