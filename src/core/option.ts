import { FastTsError } from "../errors.ts";
import { MIN_SECONDS } from "./clock.ts";
import { didYouMean } from "./did-you-mean.ts";
import { isStage, show } from "./stage.ts";

/** What an option must be: the words for the message, and the test. */
export interface Rule {
  readonly must: string;
  readonly test: (value: unknown) => boolean;
}

const finite = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export const aNumber: Rule = { must: "a finite number", test: finite };
export const positive: Rule = { must: "a number > 0", test: (v) => finite(v) && v > 0 };
/** Seconds that a clock can measure. */
export const duration: Rule = { must: `a number >= ${MIN_SECONDS}`, test: (v) => finite(v) && v >= MIN_SECONDS };
export const notNegative: Rule = { must: "a number >= 0", test: (v) => finite(v) && v >= 0 };
export const count: Rule = { must: "a whole number >= 0", test: (v) => Number.isSafeInteger(v) && Number(v) >= 0 };
export const atLeastOne: Rule = { must: "a whole number >= 1", test: (v) => Number.isSafeInteger(v) && Number(v) >= 1 };
export const aFunction: Rule = { must: "a function", test: (v) => typeof v === "function" };
export const aString: Rule = { must: "a string that is not empty", test: (v) => typeof v === "string" && v !== "" };
export const aBoolean: Rule = { must: "true or false", test: (v) => typeof v === "boolean" };

/** Greater than an option that was checked before. */
export function greaterThan(limit: number, name: string): Rule {
  return { must: `a finite number > ${name} (${limit})`, test: (v) => finite(v) && v > limit };
}

export function oneOf(...values: readonly string[]): Rule {
  return {
    must: `one of ${values.map((v) => JSON.stringify(v)).join(", ")}`,
    test: (v) => values.includes(String(v)) && typeof v === "string",
  };
}

/** Throws `FTS_STAGE_OPTION` naming stage, option, rule and value unless `value` keeps `rule`. */
export function checkOption(stage: string, option: string, value: unknown, rule: Rule): void {
  if (!rule.test(value))
    throw new FastTsError("FTS_STAGE_OPTION", `${stage}(${option}): must be ${rule.must}, got ${show(value)}`);
}

/**
 * Throws `FTS_STAGE_OPTION` when `options` is not an object or has a key that is not among `known`: a typing error
 * never becomes a silent default.
 */
export function checkKeys(stage: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new FastTsError("FTS_STAGE_OPTION", `${stage}(options): must be an object { … }, got ${show(options)}`);
  if (isStage(options))
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `${stage}(options): got ${show(options)}, which goes behind it: [${stage}(…), ${options.name}(…)]`,
    );
  for (const key of Object.keys(options))
    if (!known.includes(key)) {
      const meant = didYouMean(key, known);
      const hint = meant === null ? "" : `did you mean ${JSON.stringify(meant)}? `;
      throw new FastTsError(
        "FTS_STAGE_OPTION",
        `${stage}(options): there is no option ${JSON.stringify(key)}; ${hint}it takes ${known.join(", ") || "none"}`,
      );
    }
}
