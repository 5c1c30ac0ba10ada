import type { PipelineOptions } from "../core/pipeline.ts";
import type { Edge } from "../core/stage.ts";
import type { Problem } from "./problem.ts";

/** A pipeline as a route file declares it, as plain data. */
export interface ProbedPipeline {
  readonly name: string;
  /** Absolute path of the file, 1-based line and column, and the text of the line. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: string | null;
  /** The route file that declared it; `file` may be one that it imports. */
  readonly route: string;
  readonly stageNames: readonly string[];
  readonly empty: boolean;
  readonly options: Pick<PipelineOptions, "inbox" | "onFull">;
  /** Where it meets the world, in reading order. */
  readonly edges: readonly Edge[];
}

export interface Probed {
  readonly pipelines: readonly ProbedPipeline[];
  readonly problems: readonly Problem[];
}

/** What the worker says: that it comes to a file, and what came of it. */
export type ProbeMessage =
  | { readonly kind: "begin"; readonly at: number }
  | { readonly kind: "end"; readonly at: number; readonly probed: Probed };
