import type { Event } from "../core/event.ts";
import { aFunction, type Rule } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";
import { type Case, type CasesOf, caseBranches, startCases } from "../kit/branch-cases.ts";

/**
 * Sends each event through the stages of the first case whose test says yes, and of no other.
 *
 * Emits what the last stages of the cases emit. An event for which every test says no goes through `otherwise`; it is
 * dropped when that is left out. Holds nothing but what the stages do. Events without a metric and expired ones are
 * tested like any other; if a test throws, the pipeline restarts.
 *
 * @param cases - Pairs of a test and a list of stages, at least one pair; tried in order, once per event, until the
 * first yes. `null` and `undefined` are a no; an empty list of stages passes events on.
 * @param otherwise - The stages of the others.
 * @throws FastTsError `FTS_STAGE_OPTION` when `cases` is not a list of such pairs, `FTS_NOT_A_STAGE` when one has no
 * list of stages; `FTS_STAGE_MISUSE` at run time when a test returns an object, such as the promise of an `async`
 * function.
 * @category Route
 * @example
 * pipeline("three grades", [
 *   filter((e) => e.metric !== null),
 *   split(
 *     [
 *       [(e) => (e.metric ?? 0) > 0.9, [set({ state: "critical" }), throttle(1, 3600), email("ops@example.com")]],
 *       [(e) => (e.metric ?? 0) > 0.5, [set({ state: "warning" })]],
 *     ],
 *     [set({ state: "ok" })],
 *   ),
 *   stdout(),
 * ]);
 */
export function split<const Lists extends readonly AnyStages[], const Otherwise extends AnyStages = never>(
  cases: CasesOf<Predicate, Lists>,
  otherwise?: Otherwise & Chain<Event, Otherwise>,
): Stage<Event, Emitted<Event, Lists[number]> | Emitted<Event, Otherwise>>;
export function split(cases: readonly Case<Predicate>[], otherwise?: AnyStages): Stage<Event, unknown> {
  const branches = caseBranches("split", cases, aTest, otherwise);
  const tests = cases.map(([test]) => test);
  return stage<Event, unknown>(
    "split",
    (context) => {
      const { ways, otherwise: others } = startCases(context, tests, otherwise !== undefined);
      return (event) => {
        for (const { choice: test, receive } of ways) {
          const answer = test(event);
          if (answer === true || isYes("split(test)", answer)) return receive(event);
        }
        others(event);
      };
    },
    { branches, memory: 0, changes: [] },
  );
}

const aTest: Rule = { ...aFunction, must: "a test" };
