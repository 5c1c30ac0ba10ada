import type { Event } from "../core/event.ts";
import type { Rule } from "../core/option.ts";
import type { AnyStages, Chain } from "../core/pipeline.ts";
import { type Context, checkStages, show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/** One case: what chooses it, and its stages. */
export type Case<Choice> = readonly [choice: Choice, stages: AnyStages];

/**
 * Cases whose stages fit. The type of the lists alone is inferred: were it that of the pairs, the compiler would settle
 * on it before it knows the lists, for the sake of a function beside them.
 */
export type CasesOf<Choice, Lists extends readonly AnyStages[]> = {
  readonly [K in keyof Lists]: readonly [choice: Choice, stages: Lists[K] & Chain<Event, Lists[K]>];
};

/**
 * The branches of a list of cases, by the names `0`, `1`, … and `otherwise`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when there is no case, one is not a pair or its choice breaks `rule`,
 * `FTS_NOT_A_STAGE` when one has no list of stages.
 */
export function caseBranches(
  stage: string,
  cases: readonly Case<unknown>[],
  rule: Rule,
  otherwise: AnyStages | undefined,
): Readonly<Record<string, AnyStages>> {
  if (!Array.isArray(cases) || cases.length === 0)
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `${stage}(cases): must be a list of cases, [[…, [stages]], …], got ${show(cases)}`,
    );
  for (const [at, one] of cases.entries()) {
    if (!Array.isArray(one) || one.length !== 2 || !rule.test(one[0]))
      throw new FastTsError(
        "FTS_STAGE_OPTION",
        `${stage}(case ${at}): must be a pair, ${rule.must} and a list of stages, got ${show(problemOf(one))}`,
      );
    checkStages(`${stage}(case ${at})`, one[1]);
  }
  const branches = Object.fromEntries(cases.map(([, stages], at) => [String(at), stages]));
  if (otherwise === undefined) return branches;
  checkStages(`${stage}(otherwise)`, otherwise);
  return { ...branches, otherwise };
}

/** Starts the cases; returns each choice with the input of its stages; `otherwise` goes nowhere when there is none. */
export function startCases<Choice>(
  context: Pick<Context<never>, "branch">,
  choices: readonly Choice[],
  hasOtherwise: boolean,
): { readonly ways: readonly Way<Choice>[]; readonly otherwise: (event: Event) => void } {
  return {
    ways: choices.map((choice, at) => ({ choice, receive: context.branch(String(at)).receive })),
    otherwise: hasOtherwise ? context.branch("otherwise").receive : ignore,
  };
}

/** A case that runs. */
interface Way<Choice> {
  readonly choice: Choice;
  readonly receive: (event: Event) => void;
}

// A pair whose length is right has the wrong choice.
function problemOf(one: unknown): unknown {
  return Array.isArray(one) && one.length === 2 ? one[0] : one;
}

function ignore(): void {}
