import type { FastTsError } from "../errors.ts";
import { type Token, tokenize } from "./lexer.ts";
import { problemsOf, quoted } from "./problem.ts";

const EQUALITIES: readonly Token["kind"][] = ["=", "!="];
const ORDERS: readonly Token["kind"][] = ["<", "<=", ">", ">="];

/**
 * The first place where a query compares with a name that is no field, as `host = db1` does: it looks for an attribute
 * where most probably a text was meant. Null: there is none; `attributes.db1` says that the attribute is meant.
 *
 * @throws FastTsError `FTS_QUERY` when the query has other signs than Riemann's language.
 */
export function bareNameProblem(text: string): FastTsError | null {
  const problemAt = problemsOf(text);
  const tokens = tokenize(text, problemAt);
  for (const [index, sign] of tokens.entries()) {
    const [left, right] = [tokens[index - 1], tokens[index + 1]];
    const [isEquality, isOrder] = [EQUALITIES.includes(sign.kind), ORDERS.includes(sign.kind)];
    if (!(isEquality || isOrder) || left?.value?.kind !== "field" || right?.value?.kind !== "field") continue;
    const bare = [right, left].find(isBare);
    if (bare === undefined) continue;
    const what = `${quoted(bare.text)} without quotes is the attribute of that name`;
    if (isOrder) return problemAt(bare.at, `${what}, and attributes are texts, which have no order: write a number`);
    const side = (token: Token): string => (token === bare ? `"${token.text}"` : token.text);
    const meant = `${side(left)} ${sign.text} ${side(right)}`;
    return problemAt(bare.at, `${what}: write ${meant}, or attributes.${bare.text} if the attribute is meant`);
  }
  return null;
}

function isBare({ value, text }: Token): boolean {
  return value?.kind === "field" && value.path === `attributes.${text}`;
}
