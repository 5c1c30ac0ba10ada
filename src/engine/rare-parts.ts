import type { Forgetful } from "../core/stage.ts";
import type { Holdings } from "./holdings.ts";
import type { Mailbox } from "./mailbox.ts";

/** What few actors have: one object, as there may be an actor for each key. */
export class RareParts {
  mailbox: Mailbox | null = null;
  abort: AbortController | null = null;
  forgetful: Forgetful | null = null;
  /** What its branches hold, when it wants to know. */
  inside: Holdings | null = null;
  /** What it holds itself. */
  bytes = 0;
  keys = 0;
  /** It makes branches after its start, which a part of its state saves. */
  holdsBranches = false;
  /** What has become of its `flush`. */
  flushing = 0;
}
