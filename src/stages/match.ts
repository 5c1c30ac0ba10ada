import { checkOption, type Rule } from "../core/option.ts";
import { isYes } from "../core/predicate.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";
import { compileSelector, type Select, type Selected, type Selector, sameValue } from "../kit/selector.ts";

/**
 * What a value is held against: a value it must equal, a regular expression found in it, a function that answers yes
 * or no, or a list of these, one of which is enough.
 */
export type Pattern<Value> =
  | Value
  | RegExp
  | ((value: Value) => boolean | null | undefined)
  | readonly Pattern<Value>[];

/**
 * Passes events of which a value matches `pattern`, and drops the others.
 *
 * Emits at once and holds nothing. A regular expression may be found anywhere in a text and never matches what is not a
 * text; `null` matches `null`, and an empty list nothing. Events without a metric and expired ones are looked at like
 * any other; if a function throws, the pipeline restarts.
 *
 * @param value - What to look at: a field or an attribute by its name (`"service"`, `"attributes.zone"`), or a function
 * of the event.
 * @param pattern - A value, a regular expression, a function, or a list of these.
 * @throws FastTsError `FTS_STAGE_OPTION` when `value` is neither a field nor a function, or `pattern` none of these;
 * `FTS_STAGE_MISUSE` at run time when a function returns an object.
 * @category Route
 * @example
 * pipeline("trouble at the front", [
 *   match("service", /^(http|tls)/),
 *   match("state", ["warning", "critical"]),
 *   stdout(),
 * ]);
 */
export function match<const S extends Selector>(value: S, pattern: Pattern<Selected<S>>): Stage {
  const select: Select = compileSelector("match(value)", value);
  const matches = compilePattern(pattern);
  return stage("match", () => passing("match", (event) => matches(select(event))), { memory: 0, changes: [] });
}

type Matches = (value: ReturnType<Select>) => boolean;

function compilePattern(pattern: unknown): Matches {
  if (Array.isArray(pattern)) {
    const all = pattern.map(compilePattern);
    return (value) => {
      for (const matches of all) if (matches(value)) return true;
      return false;
    };
  }
  if (pattern instanceof RegExp) {
    // A copy: one with the flag g or y remembers its position, which the user's own copy must not share.
    const found = new RegExp(pattern);
    return (value) => {
      found.lastIndex = 0;
      return typeof value === "string" && found.test(value);
    };
  }
  if (typeof pattern === "function") {
    return (value) => {
      const answer: unknown = pattern(value);
      return answer === true || isYes("match(pattern)", answer);
    };
  }
  checkOption("match", "pattern", pattern, aPattern);
  return (value) => sameValue(value, pattern);
}

const aPattern: Rule = {
  must: "a string, number, boolean, null, regular expression or function, or a list of these",
  test: (value) => value === null || ["string", "number", "boolean"].includes(typeof value),
};
