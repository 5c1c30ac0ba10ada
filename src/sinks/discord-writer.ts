import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import { type Message, moreLine, type Note } from "../delivery/message.ts";
import { type Color, colorOf } from "./alert-text.ts";
import type { ChatConfig } from "./chat.ts";
import { chatWriter } from "./chat-writer.ts";
import type { Post } from "./post.ts";
import type { Follow } from "./told-alerts.ts";

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const MAX_EMBEDS = 10;
const MAX_TITLE_CHARACTERS = 256;
const MAX_TEXT_CHARACTERS = 4096;
const MAX_ALL_CHARACTERS = 6000;
const COLORS: Readonly<Record<Color, number>> = { bad: 0xd32f2f, warn: 0xf9a825, good: 0x2e7d32, plain: 0x9e9e9e };

export function open(config: ChatConfig, scope: TargetScope): TargetWriter<Message> {
  return chatWriter(config, scope, discordPost, { retryAfterIn: ({ retry_after }) => retry_after, follow: EDIT });
}

/**
 * An edit of the message, of which nobody is notified: for what is no trouble.
 * https://discord.com/developers/docs/resources/webhook#edit-webhook-message
 */
const EDIT: Follow = {
  idOf: ({ id }) => id,
  canShare: false,
  request({ url, body }, id, phase) {
    if (phase !== "acknowledge" && phase !== "resolve") return null;
    const to = new URL(url);
    to.pathname = `${to.pathname.replace(/\/$/, "")}/messages/${id}`;
    to.searchParams.delete("wait");
    return { url: to.href, method: "PATCH", body };
  },
};

/** https://discord.com/developers/docs/resources/webhook#execute-webhook */
export function discordPost(message: Message, { url }: Pick<ChatConfig, "url">): Post {
  const embeds: unknown[] = [];
  let left = MAX_ALL_CHARACTERS;
  for (const note of message.notes.slice(0, MAX_EMBEDS)) {
    const title = cutText(note.title, MAX_TITLE_CHARACTERS);
    const text = cutText(note.text, Math.min(MAX_TEXT_CHARACTERS, embeds.length === 0 ? left - title.length : left));
    if (title.length + text.length > left) break;
    left -= title.length + text.length;
    embeds.push(embed({ ...note, title, text }));
  }
  const more = message.events - embeds.length;
  const content = [message.events > 1 ? [message.title] : [], more > 0 ? [moreLine(more)] : []].flat().join("\n");
  const to = new URL(url);
  to.searchParams.set("wait", "true"); // else the answer says nothing of what becomes of it
  const body = { ...(content !== "" && { content }), embeds, allowed_mentions: { parse: [] } };
  return { url: to.href, body: JSON.stringify(body) };
}

function embed({ title, text, state, link }: Note): unknown {
  return {
    title,
    ...(text !== "" && { description: text }),
    ...(link !== null && { url: link }),
    color: COLORS[colorOf(state)],
  };
}
