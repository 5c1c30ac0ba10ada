import type { AttributePath } from "../kit/field-values.ts";
import type { FieldName } from "../kit/selector.ts";

/** What a query may write out. */
export type Literal = string | number | boolean | null;

/** What a query may look at in an event. */
export type Path = FieldName | "tags" | AttributePath;

/** What stands on a side of a comparison. */
export type Value =
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "field"; readonly path: Path };

export type Order = "<" | "<=" | ">" | ">=";

/** A query as a tree: it is as deep as the query's parentheses, however long its chains of `and` and `or`. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  | { readonly kind: "tagged"; readonly tag: string }
  /** A value by itself: it is there, and not `false`. */
  | { readonly kind: "present"; readonly value: Value }
  | { readonly kind: "equal"; readonly left: Value; readonly right: Value }
  | { readonly kind: "order"; readonly order: Order; readonly left: Value; readonly right: Value }
  /** `at` is where the pattern stands in the query. */
  | { readonly kind: "like" | "regex"; readonly value: Value; readonly pattern: string; readonly at: number };
