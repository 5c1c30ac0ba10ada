import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import { type Message, type Note, notesText } from "../delivery/message.ts";
import { CIRCLES, colorOf } from "./alert-text.ts";
import type { ChatConfig, UrgentMessage } from "./chat.ts";
import { chatWriter } from "./chat-writer.ts";
import type { Post } from "./post.ts";

export interface PushoverConfig extends ChatConfig {
  readonly user: string;
  readonly token: string;
  readonly retry: number;
  readonly expire: number;
}

/** https://pushover.net/api#limits */
const MAX_TEXT_CHARACTERS = 1024;
const MAX_TITLE_CHARACTERS = 250;
const MAX_LINK_CHARACTERS = 512;
const EMERGENCY = 2;

export function open(config: PushoverConfig, scope: TargetScope): TargetWriter<UrgentMessage> {
  return chatWriter(config, scope, pushoverPost);
}

/** https://pushover.net/api#messages */
export function pushoverPost(
  message: Message,
  { url, user, token, retry, expire }: Pick<PushoverConfig, "url" | "user" | "token" | "retry" | "expire">,
  items: readonly UrgentMessage[],
): Post {
  const isOne = message.events === 1;
  const [first] = message.notes;
  const priority = Math.min(2, Math.max(-2, Math.round(Math.max(...items.map((item) => item.priority)))));
  const text = notesText(message, isOne ? (note) => note.text || note.title : written, { max: MAX_TEXT_CHARACTERS });
  const title = `${CIRCLES[colorOf(first?.state ?? null)]} ${isOne ? (first?.title ?? message.title) : message.title}`;
  const form = new URLSearchParams({ token, user, title: cutText(title, MAX_TITLE_CHARACTERS), message: text });
  form.set("priority", String(priority));
  if (priority === EMERGENCY) {
    form.set("retry", String(retry));
    form.set("expire", String(expire));
  }
  if (isOne && first?.link && first.link.length <= MAX_LINK_CHARACTERS) form.set("url", first.link);
  return { url, headers: { "content-type": "application/x-www-form-urlencoded" }, body: form.toString() };
}

function written({ title, text, state }: Note): string {
  const line = `${CIRCLES[colorOf(state)]} ${title}`;
  return text === "" ? line : `${line}\n${text}`;
}
