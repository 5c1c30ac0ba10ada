import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { type ChatOptions, chatSink } from "./chat.ts";
import { discordPost } from "./discord-writer.ts";
import { addressOf, hiddenOf } from "./text-or-secret.ts";
import { checkUrl, labelOf } from "./url.ts";

/** What is posted to Discord; a field left out has its default. */
export type DiscordOptions = ChatOptions;

/**
 * Posts each event, or each list of events as one message, to a channel of Discord, and passes it on at once.
 *
 * Sent: a message with a coloured embed for each event, with title, text and link. Nobody is mentioned, whatever is in it.
 * That an alert is acknowledged or over is an edit of its last message, which notifies nobody; where that has been deleted,
 * or told of other events as well, another message.
 * Limits: 30 messages a minute, `rate`: what comes faster is merged into the next one. Ten events a message
 * (`digest.max`), 6,000 characters together; then "… n more".
 * Tried again: 408, 429 and 5xx when the answer says so, a broken connection, no answer.
 * Given up: any other answer. With 404 the webhook is gone: for ten minutes it is not asked again, as Discord bans
 * clients that keep asking.
 * Duplicates: a message whose answer was lost is posted twice.
 *
 * @param url - The webhook, `https://discord.com/api/webhooks/…`; it is itself a credential: `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts", [alert([discord(secret("DISCORD_URL"))], { hold: 300 })]);
 */
export function discord(url: string | Secret, options: DiscordOptions = {}): Through<EventOrList> {
  checkUrl("discord", url);
  return chatSink({
    sink: "discord",
    address: addressOf(url),
    label: labelOf(url),
    options,
    rate: { n: 30, seconds: 60 },
    config: () => ({ url: reveal(url), hidden: hiddenOf(url) }),
    compose: discordPost,
  });
}
