import type { Event } from "../core/event.ts";
import { parse } from "./parser.ts";
import { compilePredicate } from "./predicate.ts";
import { problemsOf } from "./problem.ts";
import type { Expression } from "./syntax.ts";

/** A compiled query. */
export interface Query {
  /** Whether the event matches. Never throws. */
  readonly matches: (event: Event) => boolean;
  /**
   * Set when the query is exactly `host = "…" and service = "…"`, in either order, each with a text or `nil` on the right:
   * at most one event is looked for.
   */
  readonly series: { readonly host: string | null; readonly service: string | null } | null;
}

/** Maximum length of a query: it comes from the network. */
const MAX_QUERY_CHARACTERS = 65_536;

/**
 * Compiles a query in Riemann's language, as docs/queries.md has it: `state = "critical" and service =~ "api %"`.
 *
 * No query hangs the thread: an event takes 30 to 300 ns, or some 200 ms with a regular expression and a text that are
 * made to be slow; callers that test many events yield in between. A query holds what its text takes a few times, and
 * less than 1 MB that its regular expressions remember.
 *
 * @param text - 65,536 characters at most.
 * @throws FastTsError `FTS_QUERY` with the column, what is wrong there, what would be right, and the query with a caret
 * under the column.
 */
export function compileQuery(text: string): Query {
  const problemAt = problemsOf(text);
  if (text.length > MAX_QUERY_CHARACTERS)
    throw problemAt(
      MAX_QUERY_CHARACTERS,
      `a query has at most ${MAX_QUERY_CHARACTERS} characters, this one has ${text.length}`,
    );
  const query = parse(text, problemAt);
  return { matches: compilePredicate(query, problemAt), series: seriesOf(query) };
}

function seriesOf(query: Expression): Query["series"] {
  if (query.kind !== "and" || query.parts.length !== 2) return null;
  const sought: Record<string, string | null> = {};
  for (const part of query.parts) {
    if (part.kind !== "equal" || part.left.kind !== "field" || part.right.kind !== "literal") return null;
    const { literal } = part.right;
    if (typeof literal !== "string" && literal !== null) return null;
    sought[part.left.path] = literal;
  }
  const { host, service } = sought;
  return host === undefined || service === undefined ? null : { host, service };
}
