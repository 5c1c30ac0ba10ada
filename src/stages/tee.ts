import type { AnyStages, Chain, Taken } from "../core/pipeline.ts";
import { checkStages, type Through, through } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/**
 * Sends each event or list through every branch, then passes it on.
 *
 * Emits exactly its input, as its Unix namesake: the output of the last stages of the branches ends there, so a branch
 * is for its effect (print, send, count). Holds nothing but what the branches do. Events without a metric and expired
 * ones are treated like any other.
 *
 * @param branches - Lists of stages, at least one; each first stage receives the input.
 * @throws FastTsError `FTS_STAGE_OPTION` without a branch, `FTS_NOT_A_STAGE` when a branch is not a list of stages.
 * @category Route
 * @example
 * pipeline("print the rate, mail when the state changes", [
 *   tee([rate(5), stdout()], [changedState({ init: "ok" }), throttle(5, 3600), email("ops@example.com")]),
 *   stdout(),
 * ]);
 */
export function tee<const Branches extends readonly [AnyStages, ...AnyStages[]]>(
  ...branches: Branches & { readonly [K in keyof Branches]: Chain<Taken<Branches>, Branches[K]> }
): Through<Taken<Branches>> {
  if (branches.length === 0)
    throw new FastTsError("FTS_STAGE_OPTION", "tee(branches): must be at least one list of stages, got none");
  for (const [at, branch] of branches.entries()) checkStages(`tee(branch ${at})`, branch);
  return through<Taken<Branches>>(
    "tee",
    (context) => {
      const { emit } = context;
      const receives = branches.map((_, at) => context.branch<Taken<Branches>>(String(at), endHere).receive);
      return (value) => {
        for (const receive of receives) receive(value);
        emit(value);
      };
    },
    { takes: "anything", branches: Object.fromEntries(branches.entries()), memory: 0, changes: [] },
  );
}

function endHere(): void {}
