import type { Event } from "../core/event.ts";
import { sameValue } from "../kit/selector.ts";
import { compileRead, type Read } from "./field.ts";
import { compileLike } from "./like.ts";
import { type ProblemAt, quoted } from "./problem.ts";
import { compileRegex } from "./regex.ts";
import { MAX_PIECES, type PieceBudget } from "./regex-states.ts";
import type { Expression, Order, Value } from "./syntax.ts";

type Matches = (event: Event) => boolean;

/** Compiles a query's tree; throws when a regular expression is wrong, or all of them together are too large. */
export function compilePredicate(query: Expression, problemAt: ProblemAt): Matches {
  const budget: PieceBudget = { left: MAX_PIECES };
  const compile = (expression: Expression): Matches => {
    switch (expression.kind) {
      case "and":
        return all(expression.parts.map(compile));
      case "or":
        return some(expression.parts.map(compile));
      case "not": {
        const matches = compile(expression.part);
        return (event) => !matches(event);
      }
      case "tagged":
        return ({ tags }) => tags.includes(expression.tag);
      case "present": {
        const read = readOf(expression.value);
        return (event) => {
          const value = read(event);
          return value !== null && value !== false;
        };
      }
      case "equal": {
        const left = readOf(expression.left);
        const right = readOf(expression.right);
        return (event) => sameValue(left(event), right(event));
      }
      case "order":
        return ordered(expression.order, readOf(expression.left), readOf(expression.right));
      case "like":
        return inText(expression.value, compileLike(expression.pattern));
      case "regex": {
        const problem = (piece: string, what: string) =>
          problemAt(expression.at, `in the regular expression, ${quoted(piece)}: ${what}`);
        return inText(expression.value, compileRegex(expression.pattern, budget, problem));
      }
    }
  };
  return compile(query);
}

function all(parts: readonly Matches[]): Matches {
  return (event) => {
    for (const matches of parts) if (!matches(event)) return false;
    return true;
  };
}

function some(parts: readonly Matches[]): Matches {
  return (event) => {
    for (const matches of parts) if (matches(event)) return true;
    return false;
  };
}

function readOf(value: Value): Read {
  if (value.kind === "field") return compileRead(value.path);
  const { literal } = value;
  return () => literal;
}

const ORDERS: Readonly<Record<Order, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

/** Only numbers have an order. */
function ordered(order: Order, readLeft: Read, readRight: Read): Matches {
  const compare = ORDERS[order];
  return (event) => {
    const left = readLeft(event);
    const right = readRight(event);
    return typeof left === "number" && typeof right === "number" && compare(left, right);
  };
}

function inText(value: Value, matches: (text: string) => boolean): Matches {
  const read = readOf(value);
  return (event) => {
    const text = read(event);
    return typeof text === "string" && matches(text);
  };
}
