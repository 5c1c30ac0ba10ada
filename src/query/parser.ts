import { type Token, tokenize } from "./lexer.ts";
import { type ProblemAt, quoted } from "./problem.ts";
import type { Expression, Value } from "./syntax.ts";

/** Maximum nesting of parentheses: parsing and evaluating go as deep on the stack. */
const MAX_DEPTH_LEVELS = 100;

/** The tree of a query. */
export function parse(text: string, problemAt: ProblemAt): Expression {
  return new Parser(text, problemAt).query();
}

/** Reads the tokens from left to right, a method for each rule of the grammar. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #problemAt: ProblemAt;
  #at = 0;
  #depth = 0;

  constructor(text: string, problemAt: ProblemAt) {
    this.#tokens = tokenize(text, problemAt);
    this.#end = { kind: "end", text: "", at: text.length, value: null };
    this.#problemAt = problemAt;
  }

  query(): Expression {
    const query = this.#or();
    this.#expect("end", "an operator or the end");
    return query;
  }

  #or(): Expression {
    return this.#chain("or", () => this.#chain("and", () => this.#not()));
  }

  #chain(kind: "and" | "or", part: () => Expression): Expression {
    const first = part();
    const parts = [first];
    while (this.#accept(kind)) parts.push(part());
    return parts.length === 1 ? first : { kind, parts };
  }

  #not(): Expression {
    let isNegated = false;
    while (this.#accept("not")) isNegated = !isNegated;
    const part = this.#primary();
    return isNegated ? { kind: "not", part } : part;
  }

  #primary(): Expression {
    const { at } = this.#next;
    if (this.#accept("tagged")) return { kind: "tagged", tag: this.#text() };
    if (!this.#accept("(")) return this.#condition();
    if (++this.#depth > MAX_DEPTH_LEVELS)
      throw this.#problemAt(at, `there are more than ${MAX_DEPTH_LEVELS} parentheses in each other`);
    const inside = this.#or();
    this.#expect(")", `an operator or the ")" for column ${at + 1}`);
    this.#depth--;
    return inside;
  }

  #condition(): Expression {
    const left = this.#value("a condition");
    const { kind, at } = this.#next;
    switch (kind) {
      case "=":
      case "!=": {
        this.#at++;
        const right = this.#value("a value");
        if (!isNil(left) && !isNil(right)) this.#refuseTags(at, left, right);
        const equal: Expression = { kind: "equal", left, right };
        return kind === "=" ? equal : { kind: "not", part: equal };
      }
      case "<":
      case "<=":
      case ">":
      case ">=": {
        this.#at++;
        const right = this.#value("a number or a field", isNumeric);
        this.#refuseTags(at, left, right);
        return { kind: "order", order: kind, left, right };
      }
      case "=~":
      case "~=": {
        this.#at++;
        this.#refuseTags(at, left);
        const { at: patternAt } = this.#next;
        return { kind: kind === "=~" ? "like" : "regex", value: left, pattern: this.#text(), at: patternAt };
      }
      default:
        return { kind: "present", value: left };
    }
  }

  #value(what: string, fits: (value: Value) => boolean = () => true): Value {
    const { value } = this.#next;
    if (value === null || !fits(value)) throw this.#expected(what);
    this.#at++;
    return value;
  }

  #text(): string {
    const { value } = this.#next;
    if (value?.kind !== "literal" || typeof value.literal !== "string") throw this.#expected("a text in double quotes");
    this.#at++;
    return value.literal;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  #accept(kind: Token["kind"]): boolean {
    const isThere = this.#next.kind === kind;
    if (isThere) this.#at++;
    return isThere;
  }

  #expect(kind: Token["kind"], what: string): void {
    if (!this.#accept(kind)) throw this.#expected(what);
  }

  #expected(what: string): Error {
    const { kind, text, at, value } = this.#next;
    const before = this.#tokens[this.#at - 1];
    const place = before === undefined ? "" : ` after ${quoted(before.text)}`;
    const got = kind === "end" ? "the end" : value?.kind === "field" ? `the name ${quoted(text)}` : quoted(text);
    return this.#problemAt(at, `expected ${what}${place}, got ${got}`);
  }

  /** Tags are not a text: a comparison with them would never be true, silently. */
  #refuseTags(at: number, ...values: readonly Value[]): void {
    if (values.some((value) => value.kind === "field" && value.path === "tags"))
      throw this.#problemAt(at, 'tags are a list: write tagged "…" to look for one of them');
  }
}

function isNil(value: Value): boolean {
  return value.kind === "literal" && value.literal === null;
}

function isNumeric(value: Value): boolean {
  return value.kind === "field" || typeof value.literal === "number";
}
