import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { mergeMessages, type Note } from "../delivery/message.ts";
import { openMemory } from "../delivery/writer-memory.ts";
import type { ChatConfig } from "./chat.ts";
import { type ChatMessage, type Compose, composed } from "./chat-post.ts";
import { Poster, parsed, type RetryAfterIn } from "./post.ts";
import { type Follow, ToldAlerts } from "./told-alerts.ts";

const GONE_SECONDS = 600;

/** What differs from chat to chat; a field left out has its default. */
export interface ChatWriterOptions {
  /** @default the header alone says so */
  readonly retryAfterIn?: RetryAfterIn;
  /** How more is told of an alert that there is a message about. @default with another message */
  readonly follow?: Follow;
}

/** The writer of a chat: what comes together is one message, which `compose` makes a request of. */
export function chatWriter<Config extends ChatConfig, Item extends ChatMessage>(
  config: Config,
  scope: TargetScope,
  compose: Compose<Config, Item>,
  { retryAfterIn, follow }: ChatWriterOptions = {},
): TargetWriter<Item> {
  const poster = new Poster(config, scope.clock, { retryAfterIn, goneFor: GONE_SECONDS });
  const opening = follow === undefined ? null : toldAlerts(follow, config, scope);
  return {
    async write(items, signal) {
      const told = await opening;
      const message = mergeMessages(items, config.shown);
      const post = composed(compose, message, config, items);
      const following = told?.following(message, post) ?? null;
      if (following !== null && (await isTaken(poster.post(following, signal)))) return told?.followed(message);
      const { text } = await poster.post(post, signal);
      told?.posted(message, parsed(text));
    },
    judge: () => "refused", // a message that cannot be made
    close: () => poster.close(),
  };
}

async function toldAlerts(follow: Follow, { label, url }: ChatConfig, scope: TargetScope): Promise<ToldAlerts> {
  return new ToldAlerts(follow, await openMemory(scope, label, url));
}

/** Refused: a person has deleted the message that it is to follow. */
async function isTaken(posted: Promise<unknown>): Promise<boolean> {
  try {
    await posted;
    return true;
  } catch (thrown) {
    if (thrown instanceof DeliveryFailure && thrown.verdict === "refused") return false;
    throw thrown;
  }
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
