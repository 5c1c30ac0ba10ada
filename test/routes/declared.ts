import type { SpreadBy } from "../../src/core/spread.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run-report.ts";
import type { SpreadNeeds } from "../../src/routes/spread-needs.ts";

/** A pipeline as a dry run reports it: without stages, in `/r/a.ts` at 3:1, in one worker, but for what is told. */
export function declared(name: string, told: Partial<DryRunPipeline> = {}): DryRunPipeline {
  return {
    name,
    ...{ file: "/r/a.ts", line: 3, column: 1, source: "pipeline(…)", route: "/r/a.ts" },
    ...{ stageNames: [], empty: false, options: {}, edges: [] },
    ...{ needs: needing("all", name), forgetful: [], warnings: [] },
    placing: { isAsked: false, withoutKey: null },
    ...told,
  };
}

/** What a pipeline of this name needs that can be spread by this field alone. */
export function needing(by: SpreadBy, name: string): SpreadNeeds {
  return by === "all"
    ? { keys: [], whole: `${name} says why`, published: [] }
    : { keys: [{ place: name, keeps: "state", fields: [by], changed: {} }], whole: null, published: [] };
}
