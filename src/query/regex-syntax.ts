import type { PatternProblem } from "./problem.ts";
import { charTests, type TestChar } from "./regex-chars.ts";

/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: "one"; readonly test: TestChar }
  | { readonly kind: "anchor"; readonly anchor: Anchor }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly part: RegexNode; readonly least: number; readonly most: number };

/** Begin and end of the text; where a word begins or ends, and where none does. */
export type Anchor = (typeof ANCHORS)[number];
const ANCHORS = ["^", "$", "\\b", "\\B"] as const;

/** Maximum nesting of groups: parsing and compiling go as deep on the stack. */
const MAX_DEPTH_LEVELS = 100;

const FLAGS = /^\(\?([a-zA-Z]+)\)/;
const GROUP = /\((?:\?:|(?!\?))/y;
const ANCHOR = /[$^]|\\[bB]/y;
const SET = /\[(?:\\.|[^\\\]])*\]/sy;
const ONE = /\\(?:[dDwWsStnrf]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[pP]\{[^}]*\}|[^\p{L}\p{N}])|[^\\[()*+?{|]/uy;
const REPEAT = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;
const BOUNDS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["*", [0, Number.POSITIVE_INFINITY]],
  ["+", [1, Number.POSITIVE_INFINITY]],
  ["?", [0, 1]],
]);
/** What is none of these. */
const WRONG: readonly (readonly [begin: RegExp, what: string])[] = [
  [/\(\?<?[=!]/y, "look-around is not supported"],
  [/\(\?>/y, "atomic groups are not supported"],
  [/\(\?P?<\w*>?/y, "groups have no names here, write (…)"],
  [/\(\?[^):]*[):]?/y, "flags stand at the beginning only, (?i)…"],
  [/\\[1-9k]/y, "back references are not supported"],
  [/\\.?/suy, "there is no such escape"],
  [/\[/y, 'there is no closing "]"'],
];

/** The tree of a pattern; throws what `problem` makes of its mistakes. */
export function parseRegex(pattern: string, problem: PatternProblem): RegexNode {
  return new RegexParser(pattern, problem).pattern();
}

/** Reads from left to right, a method for each rule of the grammar. */
class RegexParser {
  readonly #pattern: string;
  readonly #problem: PatternProblem;
  readonly #test: (source: string) => TestChar;
  #at: number;
  #depth = 0;

  constructor(pattern: string, problem: PatternProblem) {
    const [prefix = "", flags = ""] = FLAGS.exec(pattern) ?? [];
    if (!/^(?:i?s?|si)$/.test(flags)) throw problem(prefix, "the only flags are i and s");
    this.#pattern = pattern;
    this.#problem = problem;
    this.#test = charTests(flags, problem);
    this.#at = prefix.length;
  }

  pattern(): RegexNode {
    const whole = this.#choice();
    if (this.#next === ")") throw this.#problem(")", 'there is no "(" for it');
    return whole;
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#next === "|") {
      this.#at++;
      parts.push(this.#sequence());
    }
    return joined("choice", parts);
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (!["", "|", ")"].includes(this.#next)) parts.push(this.#repeated());
    return joined("sequence", parts);
  }

  #repeated(): RegexNode {
    const part = this.#atom();
    // As much as it can or as little, `+` or `+?`, does not matter to whether there is a match.
    const [text, sign = "", from, comma, to] = this.#take(REPEAT);
    if (text === undefined) return part;
    if (this.#next === "+") throw this.#problem(`${text}+`, "possessive repetition is not supported");
    const [least, most] = BOUNDS.get(sign) ?? [Number(from), Number(comma ? to || Number.POSITIVE_INFINITY : from)];
    if (most < least) throw this.#problem(text, "the smaller number stands first");
    return { kind: "repeat", part, least, most };
  }

  #atom(): RegexNode {
    if (this.#take(GROUP).length > 0) return this.#group();
    const [anchor] = this.#take(ANCHOR);
    if (isAnchor(anchor)) return { kind: "anchor", anchor };
    const [one = this.#take(SET)[0]] = this.#take(ONE);
    if (one !== undefined) return { kind: "one", test: this.#test(one) };
    for (const [begin, what] of WRONG) {
      const [piece] = this.#take(begin);
      if (piece !== undefined) throw this.#problem(piece, what);
    }
    throw this.#problem(this.#next, "there is nothing to repeat; with two backslashes before it, it stands for itself");
  }

  #group(): RegexNode {
    if (++this.#depth > MAX_DEPTH_LEVELS)
      throw this.#problem("(", `there are more than ${MAX_DEPTH_LEVELS} in each other`);
    const inside = this.#choice();
    if (this.#next !== ")") throw this.#problem("(", 'there is no closing ")"');
    this.#at++;
    this.#depth--;
    return inside;
  }

  get #next(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #take(pattern: RegExp): readonly string[] {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#pattern) ?? [];
    this.#at += taken[0]?.length ?? 0;
    return taken;
  }
}

function joined(kind: "sequence" | "choice", parts: readonly RegexNode[]): RegexNode {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { kind, parts };
}

function isAnchor(piece: string | undefined): piece is Anchor {
  return ANCHORS.some((anchor) => anchor === piece);
}
