import { unescaped } from "./escapes.ts";
import { pathOf } from "./field.ts";
import { type ProblemAt, quoted } from "./problem.ts";
import type { Value } from "./syntax.ts";

/** A piece of a query, and where it stands. */
export interface Token {
  /** Words and signs of the language stand for themselves. */
  readonly kind: Sign | "value" | "end";
  /** As it is written. */
  readonly text: string;
  readonly at: number;
  /** What a `"value"` means; `null` for the other kinds. */
  readonly value: Value | null;
}

const SIGNS = ["and", "or", "not", "tagged", "(", ")", "=", "!=", "<", "<=", ">", ">=", "=~", "~="] as const;
export type Sign = (typeof SIGNS)[number];

const LITERALS: ReadonlyMap<string, number | boolean | null> = new Map<string, number | boolean | null>([
  ["true", true],
  ["false", false],
  ["nil", null],
  ["null", null],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["NaN", Number.NaN],
  ["-NaN", Number.NaN],
]);

/** What other languages write, and what to write here. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["==", '"="'],
  ["<>", '"!="'],
  ["!", '"not"'],
  ["&&", '"and"'],
  ["||", '"or"'],
  ["'", 'texts in double quotes: "…"'],
]);

const BLANK = /[\s,]*/y;
// A plus only where it belongs to a number: 1e+21 is how JavaScript prints it.
const WORD = /-?[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.?-]|(?<=\d[eE])\+(?=\d))*/uy;
const NAME = /^[\p{L}_](?:.*[^.])?$/u;
const NUMBER = /^-?\d+(?:n|N|(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SIGN = /==|<>|&&|\|\||[=!<>]=|=~|~=|./suy;

/** The tokens of a query, but for its end. Only names and numbers that follow each other need a blank. */
export function tokenize(text: string, problemAt: ProblemAt): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [taken = ""] = pattern.exec(text) ?? [];
    at += taken.length;
    return taken;
  };
  const takeString = (): string => {
    const from = at;
    const taken = take(STRING);
    if (taken === "") throw problemAt(from, 'this text has no end: expected a closing "');
    return unescaped(taken, from, problemAt);
  };
  const push = (from: number, kind: Token["kind"], value: Value | null = null): void => {
    tokens.push({ kind, text: text.slice(from, at), at: from, value });
  };

  for (take(BLANK); at < text.length; take(BLANK)) {
    const from = at;
    if (text[at] === '"') {
      push(from, "value", { kind: "literal", literal: takeString() });
      continue;
    }
    const word = take(WORD);
    if (word === "attributes." && text[at] === '"') {
      push(from, "value", { kind: "field", path: `attributes.${takeString()}` });
      continue;
    }
    const taken = word || take(SIGN);
    if (isSign(taken)) push(from, taken);
    else if (word !== "") push(from, "value", wordValue(word, from, problemAt));
    else throw problemAt(from, `there is no ${quoted(taken)}${hintFor(taken)}`);
  }
  return tokens;
}

function wordValue(word: string, at: number, problemAt: ProblemAt): Value {
  const literal = LITERALS.get(word);
  if (literal !== undefined) return { kind: "literal", literal };
  if (NUMBER.test(word)) return { kind: "literal", literal: numberOf(word, at, problemAt) };
  if (NAME.test(word)) return { kind: "field", path: pathOf(word) };
  throw problemAt(
    at,
    `${quoted(word)} is neither a number nor a name: write texts in double quotes, and other names as attributes."…"`,
  );
}

function numberOf(word: string, at: number, problemAt: ProblemAt): number {
  const number = Number(word.replace(/n$/i, ""));
  if (Number.isFinite(number)) return number;
  throw problemAt(
    at,
    `${quoted(word)} is beyond what a number can be, about 1.8e308: write Infinity or -Infinity for that`,
  );
}

function isSign(taken: string): taken is Sign {
  return SIGNS.some((sign) => sign === taken);
}

function hintFor(taken: string): string {
  const right = FOREIGN.get(taken);
  return right === undefined ? "" : `, write ${right}`;
}
