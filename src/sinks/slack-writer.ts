import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { type Message, moreLine, type Note } from "../delivery/message.ts";
import { type Color, colorOf } from "./alert-text.ts";
import type { ChatConfig } from "./chat.ts";
import { chatWriter, fitted } from "./chat-writer.ts";
import type { Post } from "./post.ts";

/** https://api.slack.com/reference/block-kit/blocks#section */
const MAX_SECTION_CHARACTERS = 3000;
const COLORS: Readonly<Record<Color, string>> = {
  bad: "#d32f2f",
  warn: "#f9a825",
  good: "#2e7d32",
  plain: "#9e9e9e",
};

export function open(config: ChatConfig, scope: TargetScope): TargetWriter<Message> {
  return chatWriter(config, scope, slackPost);
}

/** https://api.slack.com/messaging/webhooks, attachments with blocks: they alone have a colour. */
export function slackPost(message: Message, { url }: Pick<ChatConfig, "url">): Post {
  const left = message.events - message.notes.length;
  const attachments = message.notes.map((note) => ({ color: COLORS[colorOf(note.state)], blocks: [section(note)] }));
  const more = left > 0 ? [{ color: COLORS.plain, blocks: [textBlock(moreLine(left))] }] : [];
  return { url, body: JSON.stringify({ text: escaped(message.title), attachments: [...attachments, ...more] }) };
}

function section(note: Note): unknown {
  return textBlock(written(fitted(note, written, MAX_SECTION_CHARACTERS)));
}

function textBlock(text: string): unknown {
  return { type: "section", text: { type: "mrkdwn", text } };
}

function written({ title, text, link }: Note): string {
  const name = link === null ? escaped(title) : `<${escaped(link).replaceAll("|", "%7C")}|${escaped(title)}>`;
  return text === "" ? `*${name}*` : `*${name}*\n${escaped(text)}`;
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
