import type { Event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { align } from "./align.ts";
import { type Comparison, table } from "./comparison.ts";
import { checkFields } from "./event-fields.ts";
import { cellsOf, differences, type ExpectedEvent } from "./expected-event.ts";
import { hintFor } from "./failure-hints.ts";

/** Events are not as expected. */
class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

/**
 * Compares events with expected ones, in order, by the named fields only.
 *
 * Differences are shown side by side. A function in place of a value says yes or no to it; `null` expects no value.
 *
 * @param actual - What `run` returned, or `t.sinks.email`.
 * @throws An error that shows both sides when they differ; FastTsError `FTS_TEST` when an expectation makes no sense.
 * @example
 * const out = run([rate(5)], [{ service: "api", metric: 10 }, wait(5)]);
 * expectEvents(out, [{ service: "api", metric: 2, state: null }]);
 * expectEvents(out, [{ metric: (metric) => metric < 3 }]);
 */
export function expectEvents(actual: readonly Event[] | undefined, expected: readonly ExpectedEvent[]): void {
  if (!Array.isArray(actual)) throw noList("actual", actual);
  if (!Array.isArray(expected)) throw noList("expected", expected);
  for (const [at, one] of expected.entries()) checkFields(`expected[${at}]`, one, true);
  const pairs = align(expected.map(cellsOf), actual.map(cellsOf), (a, b) => differences(a, b).length === 0);
  const rows = pairs.map(({ left, right }): Comparison => {
    const differing = left === null || right === null ? [] : differences(left, right);
    return { expected: left, got: right, differing };
  });
  const problem = inWords(rows);
  if (problem === null) return;
  const note = hintFor(actual);
  const error = new ExpectationError(`${problem}\n\n${table(rows)}\n${note === null ? "" : `\n  ${note}\n`}`);
  Error.captureStackTrace(error, expectEvents);
  throw error;
}

function noList(what: string, value: unknown): FastTsError {
  return new FastTsError("FTS_TEST", `expectEvents(${what}): must be a list of events, got ${show(value)}`);
}

function inWords(rows: readonly Comparison[]): string | null {
  const count = (test: (row: Comparison) => boolean): number => rows.filter(test).length;
  const missing = count(({ got }) => got === null);
  const more = count(({ expected }) => expected === null);
  const differing = count(({ differing }) => differing.length > 0);
  if (missing + more + differing === 0) return null;
  const unlike = [
    ...(differing > 0 ? [`${differing} ${differing === 1 ? "is" : "are"} different`] : []),
    ...(missing > 0 ? [`${missing} did not come`] : []),
  ];
  const parts = [
    ...(unlike.length > 0 ? [`of ${rows.length - more} expected events ${unlike.join(", ")}`] : []),
    ...(more > 0 ? [`${more} came that ${more === 1 ? "was" : "were"} not expected`] : []),
  ];
  return parts.join(", ");
}
