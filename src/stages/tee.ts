import type { AnyStages, Chain, Taken } from "../core/pipeline.ts";
import { checkStages, type Through, through } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/**
 * Gives each event or list to every branch, then passes it on.
 *
 * Emits exactly what it was given, as its Unix namesake: what the last stages of the branches emit ends there, so a
 * branch is for what it does (print, send, count). Holds nothing but what the branches do. Events without a metric and
 * expired ones are treated as any other.
 *
 * @param branches - Lists of stages, at least one, each first stage given what comes.
 * @throws FastTsError `FTS_STAGE_OPTION` without a branch, `FTS_NOT_A_STAGE` when a branch is no list of stages.
 * @category Route
 * @example
 * pipeline("print the rate, mail what is critical", [
 *   tee([rate(5), stdout()], [filter((e) => e.state === "critical"), email("ops@example.com")]),
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
    { branches: Object.fromEntries(branches.entries()), memory: 0 },
  );
}

function endHere(): void {}
