import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { type ChatOptions, chatSink } from "./chat.ts";
import { slackPost } from "./slack-writer.ts";
import { addressOf, hiddenOf } from "./text-or-secret.ts";
import { checkUrl, labelOf } from "./url.ts";

/** What is posted to Slack; a field left out has its default. */
export type SlackOptions = ChatOptions;

/**
 * Posts each event, or each list of events as one message, to a channel of Slack, and passes it on at once.
 *
 * Sent: a message with a coloured bar for each event, red, amber, green or grey by its state, with title, text and link. An
 * incoming webhook can neither edit a message nor answer one, so each thing that is told is a message.
 * Limits: a message a second, `rate`: what comes faster is merged into the next one. Ten events a message (`digest.max`),
 * 3,000 characters each; then "… n more".
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer. With 404 and 410 the channel is gone: for ten minutes it is not asked again.
 * Duplicates: a message whose answer was lost is posted twice.
 *
 * @param url - The incoming webhook, `https://hooks.slack.com/services/…`; it is itself a credential: `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("five messages an hour", [
 *   filter((e) => e.state === "critical"),
 *   rollup(5, 3600),
 *   slack(secret("SLACK_URL")),
 * ]);
 * pipeline("alerts", [
 *   alert([slack(secret("SLACK_URL"), { url: (e) => `https://dash.example.com/hosts/${e.host}` })], { hold: 300 }),
 * ]);
 */
export function slack(url: string | Secret, options: SlackOptions = {}): Through<EventOrList> {
  checkUrl("slack", url);
  return chatSink({
    sink: "slack",
    address: addressOf(url),
    label: labelOf(url),
    options,
    rate: { n: 1, seconds: 1 },
    config: () => ({ url: reveal(url), hidden: hiddenOf(url) }),
    compose: slackPost,
  });
}
