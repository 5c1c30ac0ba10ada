import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { utf8Bytes } from "../delivery/cut-text.ts";
import { type Message, moreLine, type Note } from "../delivery/message.ts";
import { type Color, colorOf } from "./alert-text.ts";
import type { ChatConfig } from "./chat.ts";
import { chatWriter, fitted } from "./chat-writer.ts";
import type { Post } from "./post.ts";

/** Teams takes 28 KB; the envelope of the workflow counts too. */
const MAX_CARD_BYTES = 24 * 1024;
/** Of one event, so that the others are not pushed out by a long one. */
const MAX_NOTE_BYTES = 6 * 1024;
const STYLES: Readonly<Record<Color, string>> = { bad: "attention", warn: "warning", good: "good", plain: "default" };

export function open(config: ChatConfig, scope: TargetScope): TargetWriter<Message> {
  return chatWriter(config, scope, teamsPost);
}

/** https://learn.microsoft.com/connectors/teams, "When a Teams webhook request is received"; https://adaptivecards.io */
export function teamsPost(message: Message, { url }: Pick<ChatConfig, "url">): Post {
  let shown = message.notes.length;
  let body = written(message, shown);
  while (shown > 1 && utf8Bytes(body) > MAX_CARD_BYTES) body = written(message, --shown);
  return { url, body };
}

function written(message: Message, shown: number): string {
  const left = message.events - shown;
  const notes = message.notes.slice(0, shown).map(container);
  const head = message.events > 1 ? [textBlock(message.title, true)] : [];
  const more = left > 0 ? [textBlock(moreLine(left), false)] : [];
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [...head, ...notes, ...more],
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return JSON.stringify({ type: "message", attachments: [{ contentType, contentUrl: null, content }] });
}

function container(note: Note): unknown {
  const { title, text, state, link } = fitted(note, (one) => JSON.stringify(one), MAX_NOTE_BYTES, utf8Bytes);
  return {
    type: "Container",
    style: STYLES[colorOf(state)],
    items: [textBlock(title, true), ...(text === "" ? [] : text.split("\n").map((line) => textBlock(line, false)))],
    ...(link !== null && { selectAction: { type: "Action.OpenUrl", url: link } }),
  };
}

/** Not a `TextBlock`, which would read what clients send as Markdown. */
function textBlock(text: string, isBold: boolean): unknown {
  const run = { type: "TextRun", text, ...(isBold && { weight: "Bolder" }) };
  return { type: "RichTextBlock", inlines: [run] };
}
