import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { CHAT_OPTIONS, type ChatOptions, chatSink } from "./chat.ts";
import { NUMBER, optionFunction } from "./option-function.ts";
import { pushoverPost } from "./pushover-writer.ts";
import { addressOf } from "./text-or-secret.ts";
import { checkText, checkUrl } from "./url.ts";

/** What is sent to Pushover; a field left out has its default. */
export interface PushoverOptions extends ChatOptions {
  /** The token of your application. */
  readonly token: string | Secret;
  /** How loud it is, -2 to 2; 2 is an emergency, which repeats until someone acknowledges it. @default 0 */
  readonly priority?: (event: Event) => number;
  /** Seconds between two repetitions of an emergency, >= 30. @default 60 */
  readonly retry?: number;
  /** Seconds after which an emergency gives up, at most 10,800. @default 3600 */
  readonly expire?: number;
  /** @default "https://api.pushover.net/1/messages.json" */
  readonly api?: string;
}

/**
 * Sends each event, or each list of events as one message, to the devices of a user of Pushover, and passes it on at once.
 *
 * Sent: title, text, link and priority.
 * Limits: a message a second, `rate`: what comes faster is merged into the next one. Ten events a message (`digest.max`),
 * 1,024 characters; then "… n more".
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer: the token, the user or the message is wrong.
 * Duplicates: a message whose answer was lost is sent twice.
 *
 * @param user - The key of a user or a group.
 * @throws FastTsError `FTS_STAGE_OPTION` when `user` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts", [alert([pushover(secret("PUSHOVER_USER"), { token: secret("PUSHOVER_TOKEN") })], { hold: 300 })]);
 */
export function pushover(user: string | Secret, options: PushoverOptions): Through<EventOrList> {
  checkText("pushover", "user", user);
  checkKeys("pushover", options, [...CHAT_OPTIONS, ...OWN_OPTIONS]);
  const { token, retry = 60, expire = 3600, api = PUSHOVER } = options;
  checkText("pushover", "token", token);
  const priority = optionFunction("pushover", "priority", options.priority ?? (() => 0), NUMBER);
  checkOption("pushover", "retry", retry, RETRY);
  checkOption("pushover", "expire", expire, EXPIRE);
  checkUrl("pushover", api);
  return chatSink({
    sink: "pushover",
    address: addressOf(user),
    label: "user",
    options,
    rate: { n: 1, seconds: 1 },
    own: OWN_OPTIONS,
    config: () => {
      const known = { user: reveal(user), token: reveal(token) };
      return { url: api, hidden: Object.values(known), ...known, retry, expire };
    },
    compose: pushoverPost,
    more: (events) => ({ priority: Math.max(...events.map((event) => priority(event))) }),
  });
}

const OWN_OPTIONS = ["token", "priority", "retry", "expire", "api"] as const;
const PUSHOVER = "https://api.pushover.net/1/messages.json";
const RETRY: Rule = { must: "a number >= 30", test: (v) => typeof v === "number" && v >= 30 };
const EXPIRE: Rule = { must: "a number from 1 to 10800", test: (v) => typeof v === "number" && v >= 1 && v <= 10_800 };
