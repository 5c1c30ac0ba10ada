import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { type ChatOptions, chatSink } from "./chat.ts";
import { teamsPost } from "./teams-writer.ts";
import { addressOf, hiddenOf } from "./text-or-secret.ts";
import { checkUrl, labelOf } from "./url.ts";

/** What is posted to Teams; a field left out has its default. */
export type TeamsOptions = ChatOptions;

/**
 * Posts each event, or each list of events as one card, to a channel of Microsoft Teams, and passes it on at once.
 *
 * Sent: an Adaptive Card with a coloured container for each event, with title, text and link, to a workflow ("Post to a
 * channel when a webhook request is received"). Its answer 202 says that the workflow has it, not that it is posted: look
 * at its runs when nothing comes.
 * Limits: a message a second, `rate`: what comes faster is merged into the next one. Ten events a card (`digest.max`), 24
 * KiB; then "… n more".
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer. With 404 and 410 the workflow is gone: for ten minutes it is not asked again.
 * Duplicates: a card whose answer was lost is posted twice.
 *
 * @param url - The URL of the workflow, which has its signature in it: `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts", [alert([teams(secret("TEAMS_URL"))], { hold: 300 })]);
 */
export function teams(url: string | Secret, options: TeamsOptions = {}): Through<EventOrList> {
  checkUrl("teams", url);
  return chatSink({
    sink: "teams",
    address: addressOf(url),
    label: labelOf(url),
    options,
    rate: { n: 1, seconds: 1 },
    config: () => ({ url: reveal(url), hidden: hiddenOf(url) }),
    compose: teamsPost,
  });
}
