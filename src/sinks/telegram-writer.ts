import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { type Message, type Note, notesText } from "../delivery/message.ts";
import { CIRCLES, colorOf } from "./alert-text.ts";
import type { ChatConfig } from "./chat.ts";
import { chatWriter, fitted } from "./chat-writer.ts";
import type { Post } from "./post.ts";
import type { Follow } from "./told-alerts.ts";

export interface TelegramConfig extends ChatConfig {
  readonly chat: number | string;
  readonly thread: number | null;
}

/** https://core.telegram.org/bots/api#sendmessage; entities count as well here, which it does not ask for. */
const MAX_CHARACTERS = 4096;
/** Of one event: a title over all and "… n more" have to fit as well. */
const MAX_NOTE_CHARACTERS = 3500;

export function open(config: TelegramConfig, scope: TargetScope): TargetWriter<Message> {
  return chatWriter(config, scope, telegramPost, {
    retryAfterIn: ({ parameters }) => Object(parameters).retry_after,
    follow: ANSWER,
  });
}

/** An answer to the message. https://core.telegram.org/bots/api#replyparameters */
const ANSWER: Follow = {
  idOf: ({ result }) => Object(result).message_id,
  canShare: true,
  request(post, id) {
    const reply = { message_id: id, allow_sending_without_reply: true };
    return { ...post, body: JSON.stringify({ ...JSON.parse(post.body), reply_parameters: reply }) };
  },
};

export function telegramPost(message: Message, config: Pick<TelegramConfig, "url" | "chat" | "thread">): Post {
  const { url, chat, thread } = config;
  const head = message.events > 1 ? `<b>${escaped(message.title)}</b>\n\n` : "";
  const notes = notesText(message, (note) => written(fitted(note, written, MAX_NOTE_CHARACTERS)), {
    max: MAX_CHARACTERS - head.length,
  });
  return {
    url,
    body: JSON.stringify({
      chat_id: chat,
      ...(thread !== null && { message_thread_id: thread }),
      text: `${head}${notes}`,
      parse_mode: "HTML",
      link_preview_options: { is_disabled: true },
    }),
  };
}

function written({ title, text, state, link }: Note): string {
  const name = link === null ? escaped(title) : `<a href="${escaped(link)}">${escaped(title)}</a>`;
  const line = `${CIRCLES[colorOf(state)]} <b>${name}</b>`;
  return text === "" ? line : `${line}\n${escaped(text)}`;
}

/** https://core.telegram.org/bots/api#html-style, and quotes, for links. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
