import type { Event } from "../core/event.ts";
import { checkOption, type Rule } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { isYes } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";
import { type Case, type CasesOf, caseBranches, startCases } from "../kit/branch-cases.ts";
import { compileSelector, type Selected, type Selector, sameValue } from "../kit/selector.ts";

/** How the value of a case stands to that of an event. */
export type Comparison = "<" | "<=" | ">" | ">=" | "=";

// First, for the compiler shows the error of the last: most uses are of that one.
export function splitp<
  S extends Selector,
  Given,
  const Lists extends readonly AnyStages[],
  const Otherwise extends AnyStages = never,
>(
  compare: (given: Given, value: Selected<S>) => boolean | null | undefined,
  value: S,
  cases: CasesOf<Given, Lists> & readonly Case<Given>[],
  otherwise?: Otherwise & Chain<Event, Otherwise>,
): Stage<Event, Emitted<Event, Lists[number]> | Emitted<Event, Otherwise>>;
/**
 * Compares a value of each event with those of the cases, and sends it through the stages of the first that matches.
 *
 * Emits what the last stages of the cases emit. The case's value stands on the left: `splitp("<", "metric", [[0.9, …]])`
 * asks whether 0.9 < metric. An event that no case matches goes through `otherwise`; it is dropped when that is left
 * out, where Riemann throws. Holds nothing but what the stages do. A value that is `null` is neither less nor greater
 * than anything, and equal to `null` alone; expired events are compared like any other.
 *
 * @param compare - `"<"`, `"<="`, `">"`, `">="` or `"="`, or a function that is given the case's value and the event's,
 * `null` included, and answers yes or no.
 * @param value - What to compare, looked up once per event: a field or an attribute by its name (`"metric"`,
 * `"attributes.zone"`), or a function of the event.
 * @param cases - Pairs of a value and a list of stages, at least one pair; an empty list of stages passes events on.
 * @param otherwise - The stages of the others.
 * @throws FastTsError `FTS_STAGE_OPTION` when `compare`, `value` or `cases` is none of these, `FTS_NOT_A_STAGE` when a
 * case has no list of stages; `FTS_STAGE_MISUSE` at run time when a function returns an object.
 * @category Route
 * @example
 * pipeline("three grades", [
 *   splitp(
 *     "<",
 *     "metric",
 *     [
 *       [0.9, [set({ state: "critical" })]],
 *       [0.5, [set({ state: "warning" })]],
 *       [Number.NEGATIVE_INFINITY, [set({ state: "ok" })]],
 *     ],
 *     [], // without a metric, as what an index lets expire: not "ok"
 *   ),
 *   stdout(),
 * ]);
 */
export function splitp<
  S extends Selector,
  const Lists extends readonly AnyStages[],
  const Otherwise extends AnyStages = never,
>(
  compare: Comparison,
  value: S,
  cases: CasesOf<Selected<S>, Lists>,
  otherwise?: Otherwise & Chain<Event, Otherwise>,
): Stage<Event, Emitted<Event, Lists[number]> | Emitted<Event, Otherwise>>;
export function splitp(
  compare: Comparison | ((given: unknown, value: unknown) => unknown),
  value: Selector,
  cases: readonly Case<unknown>[],
  otherwise?: AnyStages,
): Stage<Event, unknown> {
  checkOption("splitp", "compare", compare, aComparison);
  const matches = typeof compare === "function" ? compare : COMPARISONS[compare];
  const select = compileSelector("splitp(value)", value);
  const rule = typeof compare === "function" ? anything : aPrimitive;
  const branches = caseBranches("splitp", cases, rule, otherwise);
  const values = cases.map(([given]) => given);
  return stage<Event, unknown>(
    "splitp",
    (context) => {
      const { ways, otherwise: others } = startCases(context, values, otherwise !== undefined);
      return (event) => {
        const found = select(event);
        for (const { choice: given, receive } of ways) {
          const answer = matches(given, found);
          if (answer === true || isYes("splitp(compare)", answer)) return receive(event);
        }
        others(event);
      };
    },
    { branches, memory: 0, changes: [] },
  );
}

const COMPARISONS: Readonly<Record<Comparison, (given: unknown, value: unknown) => boolean>> = {
  "<": ordered((given, value) => given < value),
  "<=": ordered((given, value) => given <= value),
  ">": ordered((given, value) => given > value),
  ">=": ordered((given, value) => given >= value),
  "=": sameValue,
};

const aComparison: Rule = {
  must: `one of ${Object.keys(COMPARISONS).join(", ")}, or a function`,
  test: (value) => typeof value === "function" || (typeof value === "string" && Object.hasOwn(COMPARISONS, value)),
};
const aPrimitive: Rule = {
  must: "a string, number, boolean or null",
  test: (value) => value === null || ["string", "number", "boolean"].includes(typeof value),
};
const anything: Rule = { must: "anything", test: () => true };

/** Only numbers with numbers and texts with texts: JavaScript would make a number of a text, and of null. */
function ordered(compare: (given: number | string, value: number | string) => boolean) {
  return (given: unknown, value: unknown): boolean =>
    (typeof given === "number" && typeof value === "number" && compare(given, value)) ||
    (typeof given === "string" && typeof value === "string" && compare(given, value));
}
