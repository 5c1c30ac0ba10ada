import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import { mergeMessages, type Note } from "../delivery/message.ts";
import type { ChatConfig } from "./chat.ts";
import { type ChatMessage, type Compose, composed } from "./chat-post.ts";
import { Poster, type RetryAfterIn } from "./post.ts";

const GONE_SECONDS = 600;

/** The writer of a chat: what comes together is one message, which `compose` makes a request of. */
export function chatWriter<Config extends ChatConfig, Item extends ChatMessage>(
  config: Config,
  { clock }: TargetScope,
  compose: Compose<Config, Item>,
  retryAfterIn?: RetryAfterIn,
): TargetWriter<Item> {
  const poster = new Poster(config, clock, { retryAfterIn, goneFor: GONE_SECONDS });
  return {
    write: (items, signal) => poster.post(composed(compose, mergeMessages(items, config.shown), config, items), signal),
    judge: () => "refused", // a message that cannot be made
    close: () => poster.close(),
  };
}

/** The note with as much of its text as lets `write` make no more than `max` of it. */
export function fitted(
  note: Note,
  write: (note: Note) => string,
  max: number,
  size: (text: string) => number = (text) => text.length,
): Note {
  return { ...note, text: cutText(note.text, max, (text) => size(write({ ...note, text }))) };
}
