import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { colorOf, stateWord } from "./alert-text.ts";
import { type ChatOptions, chatSink } from "./chat.ts";
import { ntfyPost } from "./ntfy-writer.ts";
import { NUMBER, optionFunction } from "./option-function.ts";
import { addressOf, hiddenOf } from "./text-or-secret.ts";
import { checkText, checkUrl, labelOf } from "./url.ts";

/** What is sent to ntfy; a field left out has its default. */
export interface NtfyOptions extends ChatOptions {
  /** The access token. @default none */
  readonly token?: string | Secret;
  /** How loud it is, 1 to 5. @default 4 for `critical` and its like, else 3 */
  readonly priority?: (event: Event) => number;
}

/**
 * Sends each event, or each list of events as one message, to a topic of ntfy, and passes it on at once.
 *
 * Sent: a message with title, text, link, a coloured circle and a priority.
 * Limits: a message a second, `rate`: what comes faster is merged into the next one. Ten events a message (`digest.max`),
 * 4,096 bytes; then "… n more".
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer. After 404 nothing is sent for ten minutes.
 * Duplicates: a message whose answer was lost is sent twice.
 *
 * @param url - Server and topic, `https://ntfy.sh/topic`; who knows the topic can read it, so rather `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts", [alert([ntfy(secret("NTFY_URL"))], { hold: 300 })]);
 */
export function ntfy(url: string | Secret, options: NtfyOptions = {}): Through<EventOrList> {
  checkUrl("ntfy", url);
  const { token } = options;
  if (token !== undefined) checkText("ntfy", "token", token);
  const priority = optionFunction("ntfy", "priority", options.priority ?? priorityOf, NUMBER);
  return chatSink({
    sink: "ntfy",
    address: addressOf(url),
    label: labelOf(url),
    options,
    rate: { n: 1, seconds: 1 },
    own: ["token", "priority"],
    config: () => {
      const revealed = token === undefined ? null : reveal(token);
      return {
        url: reveal(url),
        hidden: [...hiddenOf(url), ...(revealed === null ? [] : [revealed])],
        token: revealed,
      };
    },
    compose: ntfyPost,
    more: (events) => ({ priority: Math.max(...events.map(priority)) }),
  });
}

function priorityOf(event: Event): number {
  return colorOf(stateWord(event)) === "bad" ? 4 : 3;
}
