import type { AnyStages, Chain, Emitted, Taken } from "../core/pipeline.ts";
import { checkStages, type Stage, stage, type Through } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/** If every branch emits its input or nothing, the stage passes its input on. */
type Sdo<Branches extends readonly AnyStages[]> = [Emitted<"given", Branches[number]>, "given"] extends [
  "given",
  Emitted<"given", Branches[number]>,
]
  ? Through<Taken<Branches>>
  : Stage<Taken<Branches>, Emitted<Taken<Branches>, Branches[number]>>;

/**
 * Sends each event or list through every branch, and emits what the branches emit.
 *
 * Emits the output of the last stages of its branches, branch by branch for each event. `tee` differs: it emits its
 * input, and the output of its branches ends there. Holds nothing but what the branches do. Events without a metric and
 * expired ones are treated like any other.
 *
 * @param branches - Lists of stages, at least one; an empty list passes its input on.
 * @throws FastTsError `FTS_STAGE_OPTION` without a branch, `FTS_NOT_A_STAGE` when a branch is not a list of stages.
 * @category Route
 * @example
 * pipeline("rate and highest", [
 *   filter((e) => e.service === "http"),
 *   sdo([rate(5)], [sreduce((max, e) => ((e.metric ?? 0) > (max.metric ?? 0) ? e : max)), tag("highest")]),
 *   stdout(),
 * ]);
 */
export function sdo<const Branches extends readonly [AnyStages, ...AnyStages[]]>(
  ...branches: Branches & { readonly [K in keyof Branches]: Chain<Taken<Branches>, Branches[K]> }
): Sdo<Branches>;
export function sdo(...branches: readonly AnyStages[]): Stage<unknown, unknown> {
  if (branches.length === 0)
    throw new FastTsError("FTS_STAGE_OPTION", "sdo(branches): must be at least one list of stages, got none");
  for (const [at, branch] of branches.entries()) checkStages(`sdo(branch ${at})`, branch);
  return stage<unknown, unknown>(
    "sdo",
    (context) => {
      const receives = branches.map((_, at) => context.branch<unknown>(String(at)).receive);
      return (value) => {
        for (const receive of receives) receive(value);
      };
    },
    { takes: "anything", branches: Object.fromEntries(branches.entries()), memory: 0, changes: [] },
  );
}
