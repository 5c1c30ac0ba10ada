import type { Message } from "../delivery/message.ts";
import type { Post } from "./post.ts";

/** A message with what is to stand in its request beside, or in place of, what we write. */
export interface ChatMessage extends Message {
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** Makes a request of a message, which stands for all of these items. */
export type Compose<Config, Item extends ChatMessage> = (
  message: Message,
  config: Config,
  items: readonly Item[],
) => Post;

/** The request, with the payloads of its items: of those with the same field the last counts. */
export function composed<Config, Item extends ChatMessage>(
  compose: Compose<Config, Item>,
  message: Message,
  config: Config,
  items: readonly Item[],
): Post {
  const post = compose(message, config, items);
  const payload: Record<string, unknown> = Object.assign({}, ...items.map((item) => item.payload));
  if (Object.keys(payload).length === 0) return post;
  if (post.headers?.["content-type"] === undefined)
    return { ...post, body: JSON.stringify({ ...JSON.parse(post.body), ...payload }) };
  const form = new URLSearchParams(post.body);
  for (const [field, value] of Object.entries(payload))
    form.set(field, typeof value === "object" ? JSON.stringify(value) : String(value));
  return { ...post, body: form.toString() };
}
