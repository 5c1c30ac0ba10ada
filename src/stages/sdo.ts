import type { Event } from "../core/event.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/** What all of the branches take: what their first stages do; events when those do not tell. */
type Taken<Branches extends readonly AnyStages[]> =
  Taker<Branches[number]> extends (value: infer In) => void ? (unknown extends In ? Event : In) : Event;

// Parameters, for the union of functions takes what all of them do.
type Taker<Branch> = Branch extends readonly [Stage<infer In, unknown>, ...AnyStages] ? (value: In) => void : never;

/**
 * Gives each event to every branch, and passes on what comes out of them.
 *
 * Emits what the last stages of its branches emit, branch by branch for each event. `tee` differs in that: it passes on
 * what it was given, and what comes out of its branches ends there. Holds nothing but what the branches do. Events
 * without a metric and expired ones are treated as any other; lists of events are given on when the first stages of
 * the branches take such.
 *
 * @param branches - Lists of stages, at least one; an empty list passes on what it is given.
 * @throws FastTsError `FTS_STAGE_OPTION` without a branch, `FTS_NOT_A_STAGE` when a branch is no list of stages.
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
): Stage<Taken<Branches>, Emitted<Taken<Branches>, Branches[number]>> {
  if (branches.length === 0)
    throw new FastTsError("FTS_STAGE_OPTION", "sdo(branches): must be at least one list of stages, got none");
  for (const [at, branch] of branches.entries()) checkStages(`sdo(branch ${at})`, branch);
  return stage<Taken<Branches>, Emitted<Taken<Branches>, Branches[number]>>(
    "sdo",
    (context) => {
      const receives = branches.map((_, at) => context.branch<Taken<Branches>>(String(at)).receive);
      return (value) => {
        for (const receive of receives) receive(value);
      };
    },
    { branches: Object.fromEntries(branches.entries()) },
  );
}
