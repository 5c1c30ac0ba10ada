import type { PipelineOptions } from "../core/pipeline.ts";
import { edgesOf } from "../core/pipeline-edges.ts";
import type { SpreadField } from "../core/spread.ts";
import type { Edge } from "../core/stage.ts";
import { warningsOf } from "../core/stage-memory.ts";
import type { RouteFile } from "./compile.ts";
import type { Declared } from "./evaluate.ts";
import { forgetfulStages } from "./forgetful-stages.ts";
import type { Problem } from "./problem.ts";
import { type SpreadNeeds, spreadNeedsOf } from "./spread-needs.ts";

/** A pipeline as a route file declares it, as plain data. */
export interface DryRunPipeline {
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
  /** What decides where it runs when there are several workers. */
  readonly needs: SpreadNeeds;
  /** What its options say of that. */
  readonly placing: {
    /** All workers are asked for. */
    readonly isAsked: boolean;
    /** What it would need without its option `key`; `null`: it has none. */
    readonly withoutKey: SpreadNeeds | null;
  };
  /** The places of stages that a restart makes forget their state, if they have one. */
  readonly forgetful: readonly string[];
  /** What its stages warn of. */
  readonly warnings: readonly string[];
}

/** A pipeline that a route file declared, as plain data. */
export function toDryRun(
  { pipeline: { name, stages, options }, place }: Declared,
  route: string,
  partitionKey?: SpreadField,
): DryRunPipeline {
  const { key, ...others } = options;
  const { onCrash = [], inbox, onFull, spread } = others;
  const all = [...stages, ...onCrash];
  return {
    name,
    ...place,
    route,
    stageNames: stages.map((stage) => stage.name),
    empty: stages.length === 0,
    options: { ...(inbox !== undefined && { inbox }), ...(onFull !== undefined && { onFull }) },
    edges: edgesOf(all).map(({ kind, name, to, queue, target, maxWriters, keeps, needsData = false }) => ({
      kind,
      name,
      ...(to !== undefined && { to }),
      ...(queue !== undefined && { queue }),
      ...(target !== undefined && { target }),
      ...(maxWriters !== undefined && { maxWriters }),
      ...(keeps !== undefined && { keeps }),
      ...(needsData && { needsData }),
    })),
    needs: spreadNeedsOf(stages, options, partitionKey),
    placing: {
      isAsked: spread === true,
      withoutKey: key === undefined ? null : spreadNeedsOf(stages, others, partitionKey),
    },
    forgetful: [...forgetfulStages(stages), ...forgetfulStages(onCrash, "onCrash/")],
    warnings: warningsOf(all),
  };
}

export interface DryRunReport {
  readonly pipelines: readonly DryRunPipeline[];
  readonly problems: readonly Problem[];
}

/** What the worker is given. */
export interface DryRunWork {
  readonly files: readonly RouteFile[];
  /** Whether a secret that is not there is a problem. */
  readonly secrets: boolean;
  readonly partitionKey: SpreadField;
}

/** What the worker reports: that it begins with a file, and the result. */
export type DryRunMessage =
  | { readonly kind: "begin"; readonly at: number; readonly threadId: number }
  | { readonly kind: "end"; readonly at: number; readonly probed: DryRunReport };
