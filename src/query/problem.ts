import { FastTsError } from "../errors.ts";
import { printable } from "../text/printable.ts";

/** The error for a place of the query, counted from 0; throw it. */
export type ProblemAt = (at: number, what: string) => FastTsError;

/** Makes the error for what is wrong with a piece of a regular expression. */
export type PatternProblem = (piece: string, what: string) => FastTsError;

/** Characters of the query that are shown on either side of the place. */
const SHOWN_CHARACTERS = 50;

/** Problems of one query: `query: column 9: …`, then the query with a caret under the column. */
export function problemsOf(text: string): ProblemAt {
  return (at, what) => {
    const before = printable(text.slice(Math.max(0, at - SHOWN_CHARACTERS), at));
    const after = printable(text.slice(at, at + SHOWN_CHARACTERS));
    const excerpt = `${at > SHOWN_CHARACTERS ? "…" : ""}${before}${after}${at + SHOWN_CHARACTERS < text.length ? "…" : ""}`;
    const caret = `${" ".repeat(before.length + (at > SHOWN_CHARACTERS ? 1 : 0))}^`;
    return new FastTsError("FTS_QUERY", `query: column ${at + 1}: ${what}\n  ${excerpt}\n  ${caret}`);
  };
}

/** A piece of a query as a message quotes it: short, and unable to steer a terminal. */
export function quoted(piece: string): string {
  const shown = printable(piece.length > 40 ? `${piece.slice(0, 40)}…` : piece);
  return piece.startsWith('"') ? shown : `"${shown}"`;
}
