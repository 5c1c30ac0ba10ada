import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { utf8Bytes } from "../delivery/cut-text.ts";
import { type Message, type Note, notesText } from "../delivery/message.ts";
import { CIRCLES, colorOf } from "./alert-text.ts";
import type { ChatConfig, UrgentMessage } from "./chat.ts";
import { chatWriter } from "./chat-writer.ts";
import type { Post } from "./post.ts";

export interface NtfyConfig extends ChatConfig {
  readonly token: string | null;
}

/** https://docs.ntfy.sh/publish/#limitations: a longer one becomes an attachment. */
const MAX_BYTES = 4096;

export function open(config: NtfyConfig, scope: TargetScope): TargetWriter<UrgentMessage> {
  return chatWriter(config, scope, ntfyPost);
}

/** https://docs.ntfy.sh/publish/#publish-as-json: to the root of the server. */
export function ntfyPost(
  message: Message,
  { url, token }: Pick<NtfyConfig, "url" | "token">,
  items: readonly UrgentMessage[],
): Post {
  const to = new URL(url);
  const [, root = "/", topic = ""] = /^(.*\/)([^/]*)\/?$/.exec(to.pathname) ?? [];
  to.pathname = root;
  const isOne = message.events === 1;
  const [first] = message.notes;
  const text = notesText(message, isOne ? (note) => note.text || note.title : written, {
    max: MAX_BYTES,
    size: utf8Bytes,
  });
  return {
    url: to.href,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      topic: decodeURIComponent(topic),
      title: `${CIRCLES[colorOf(first?.state ?? null)]} ${isOne ? (first?.title ?? message.title) : message.title}`,
      message: text,
      priority: Math.min(5, Math.max(1, Math.round(Math.max(...items.map(({ priority }) => priority))))),
      ...(isOne && first?.link && { click: first.link }),
    }),
  };
}

function written({ title, text, state }: Note): string {
  const line = `${CIRCLES[colorOf(state)]} ${title}`;
  return text === "" ? line : `${line}\n${text}`;
}
