import { bareNameProblem } from "../query/bare-names.ts";
import { compileQuery } from "../query/query.ts";

/** What nobody is to be told of from one moment to another. */
export interface Silence {
  readonly id: string;
  /** In Riemann's query language: the events that it matches. */
  readonly query: string;
  /** Unix seconds; it is over at `until`. */
  readonly from: number;
  readonly until: number;
  readonly why: string;
  readonly who: string;
}

/** Maximum number of silences in a file. */
export const MAX_SILENCES = 1000;

/** Unix seconds: no date is later. */
const LAST_TIME = 8.64e12;

/**
 * Refuses what nobody means in a new silence: `host = db1` would silence every event that has neither a host nor an
 * attribute `db1`.
 *
 * @throws FastTsError `FTS_QUERY` when the query is wrong, or compares with a bare name.
 */
export function checkQuery(query: string): void {
  compileQuery(query);
  const problem = bareNameProblem(query);
  if (problem !== null) throw problem;
}

/** What is wrong with a silence, in words; `null`: nothing. */
export function problemOf({ query, from, until }: Silence): string | null {
  if (!(until > from)) return "it ends before it begins";
  if (!(until <= LAST_TIME)) return "it ends in more years than a date has";
  try {
    compileQuery(query);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
