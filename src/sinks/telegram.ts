import type { EventOrList } from "../core/event-list.ts";
import { aString, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { type ChatOptions, chatSink } from "./chat.ts";
import { type TelegramConfig, telegramPost } from "./telegram-writer.ts";
import { addressOf } from "./text-or-secret.ts";
import { checkText, checkUrl } from "./url.ts";

/** What is posted to Telegram; a field left out has its default. */
export interface TelegramOptions extends ChatOptions {
  /** The topic of a group: its `message_thread_id`. @default none */
  readonly thread?: number;
  /** The server of the Bot API. @default "https://api.telegram.org" */
  readonly api?: string;
}

/**
 * Posts each event, or each list of events as one message, to a chat of Telegram, and passes it on at once.
 *
 * Sent: a message of a bot (`sendMessage`), with a coloured circle, title, text and link for each event. What more is told of
 * an alert answers the message that it began with.
 * Limits: a message a second, 20 a minute for a group or a channel, `rate`: what comes faster is merged into the next one.
 * Ten events a message (`digest.max`), 4,096 characters; then "… n more".
 * Tried again: 408, 429 and 5xx when the answer says so, a broken connection, no answer.
 * Given up: any other answer, as 403 of who has blocked the bot. With 404 the token is wrong: for ten minutes nothing is
 * asked.
 * Duplicates: a message whose answer was lost is posted twice.
 *
 * @param token - The bot's token, of `@BotFather`: `secret(…)`.
 * @param chat - The chat: a number, or `@channel`.
 * @throws FastTsError `FTS_STAGE_OPTION` when one of them is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts", [alert([telegram(secret("TELEGRAM_TOKEN"), -1001234567890)], { hold: 300 })]);
 */
export function telegram(
  token: string | Secret,
  chat: number | string,
  options: TelegramOptions = {},
): Through<EventOrList> {
  checkText("telegram", "token", token);
  checkOption("telegram", "chat", chat, CHAT);
  const { thread, api = "https://api.telegram.org" } = options;
  if (thread !== undefined) checkOption("telegram", "thread", thread, THREAD);
  checkOption("telegram", "api", api, aString);
  checkUrl("telegram", api);
  const isGroup = typeof chat === "string" || chat < 0;
  return chatSink({
    sink: "telegram",
    address: `${addressOf(token)} ${chat} ${thread ?? ""}`,
    label: `chat ${chat}`,
    options,
    own: ["thread", "api"],
    rate: isGroup ? { n: 20, seconds: 60 } : { n: 1, seconds: 1 },
    config: (): Pick<TelegramConfig, "url" | "hidden" | "chat" | "thread"> => {
      const revealed = reveal(token);
      return { url: `${api}/bot${revealed}/sendMessage`, hidden: [revealed], chat, thread: thread ?? null };
    },
    compose: telegramPost,
  });
}

const CHAT: Rule = {
  must: 'the number of a chat, or "@channel"',
  test: (v) => Number.isSafeInteger(v) || (typeof v === "string" && /^@\w+$/.test(v)),
};
const THREAD: Rule = { must: "a whole number >= 1", test: (v) => Number.isSafeInteger(v) && Number(v) >= 1 };
