import { viewOf } from "./data-view.ts";
import { passed, passField } from "./skip.ts";
import { text } from "./string-table.ts";

/** Tags of a Msg's `query`, and of the `string` in it. */
const QUERY_TAG = 0x2a;
const STRING_TAG = 0x0a;

/**
 * What the Msg in [start, end) asks, which was checked and has a query: "" when that has no string. Of more than one
 * the last counts, as protobuf merges them.
 */
export function queryText(bytes: Buffer, start: number, end: number): string {
  const view = viewOf(bytes);
  let stringAt = start;
  let stringEnd = start;
  eachField(view, start, end, QUERY_TAG, (from, to) => {
    eachField(view, from, to, STRING_TAG, (first, last) => {
      stringAt = first;
      stringEnd = last;
    });
  });
  return text(bytes, view, stringAt, stringEnd);
}

/** Calls `found` with where the content lies of each field in [start, end) that has the tag. */
function eachField(
  view: DataView,
  start: number,
  end: number,
  wanted: number,
  found: (from: number, to: number) => void,
): void {
  let at = start;
  while (at < end) {
    at = passField(view, at, end);
    if (passed.tag === wanted) found(passed.at, at);
  }
}
