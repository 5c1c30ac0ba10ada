import type { PatternProblem } from "./problem.ts";
import type { TestChar } from "./regex-chars.ts";
import { type Anchor, parseRegex, type RegexNode } from "./regex-syntax.ts";

/** Where a search can be in a pattern, and the numbers of the states it can be in next. */
export type NfaState =
  | { readonly kind: "one"; readonly test: TestChar; readonly next: number }
  | { readonly kind: "anchor"; readonly anchor: Anchor; readonly next: number }
  | { readonly kind: "fork"; readonly next: readonly number[] }
  | { readonly kind: "match" };

/** A pattern's states, and the number of the first. */
export interface States {
  readonly states: readonly NfaState[];
  readonly first: number;
}

/** Maximum pieces that the regular expressions of a query have together, each as often as it is repeated. */
export const MAX_PIECES = 500;

/** The pieces that are left of it. */
export interface PieceBudget {
  left: number;
}

/** The states of a pattern, built from its end to its beginning: each knows its successors. */
export function statesOf(pattern: string, budget: PieceBudget, problem: PatternProblem): States {
  const states: NfaState[] = [];
  const push = (state: NfaState): number => states.push(state) - 1;

  const add = (node: RegexNode, next: number): number => {
    if (--budget.left < 0)
      throw problem(pattern, `with it there are more than ${MAX_PIECES} characters and groups to find`);
    switch (node.kind) {
      case "one":
      case "anchor":
        return push({ ...node, next });
      case "sequence":
        return node.parts.reduceRight((behind, part) => add(part, behind), next);
      case "choice":
        return push({ kind: "fork", next: node.parts.map((part) => add(part, next)) });
      case "repeat":
        return addRepeat(node, next);
    }
  };
  const addRepeat = ({ part, least, most }: Repeat, next: number): number => {
    let first = next;
    if (most === Number.POSITIVE_INFINITY) {
      const ways = [next];
      const loop = push({ kind: "fork", next: ways });
      const body = add(part, loop);
      ways.push(body);
      first = least === 0 ? loop : body;
    } else for (let n = least; n < most; n++) first = push({ kind: "fork", next: [add(part, first), next] });
    for (let n = most === Number.POSITIVE_INFINITY ? 1 : 0; n < least; n++) first = add(part, first);
    return first;
  };
  const first = add(parseRegex(pattern, problem), push({ kind: "match" }));
  return { states, first };
}

type Repeat = RegexNode & { readonly kind: "repeat" };
