import { viewOf } from "./data-view.ts";
import { passed, passField } from "./skip.ts";
import { text } from "./string-table.ts";
import { integer, readInt64 } from "./varint.ts";

/** Tags of a Msg's `ok` and `error`. */
const OK_TAG = 0x10;
const ERROR_TAG = 0x1a;

/** What a server answers to events. */
export interface Answer {
  /** Whether it took them. */
  readonly ok: boolean;
  /** Why not; "" when it does not say. */
  readonly error: string;
}

/** The answer in a Msg without its length; `null` when it is none. Of fields that come twice the last one counts. */
export function readAnswer(bytes: Buffer): Answer | null {
  const view = viewOf(bytes);
  let ok = false;
  let error = "";
  let at = 0;
  while (at < bytes.length) {
    at = passField(view, at, bytes.length);
    if (at < 0) return null;
    if (passed.tag === OK_TAG) {
      readInt64(view, passed.at, at);
      ok = integer[0] !== 0;
    } else if (passed.tag === ERROR_TAG) error = text(bytes, view, passed.at, at);
  }
  return { ok, error };
}
