import type { AlertMark } from "../delivery/alert-mark.ts";
import type { Message } from "../delivery/message.ts";
import type { WriterMemory } from "../delivery/writer-memory.ts";
import type { Post } from "./post.ts";

/** The longest untold is forgotten. */
const MAX_ALERTS = 10_000;

/** How a chat is told more of an alert. */
export interface Follow {
  /** What its answer calls the message that was posted; undefined: nothing. */
  idOf(answer: Readonly<Record<string, unknown>>): unknown;
  /** Whether a message about several alerts can be followed by one about each. */
  readonly canShare: boolean;
  /** The request for what is told now, with the message about the alert; null: it is to be another message. */
  request(post: Post, id: string | number, phase: string): Post | null;
}

/** Which message of a chat is about which alert. */
export class ToldAlerts {
  readonly #follow: Follow;
  readonly #ids: WriterMemory<string | number>;

  constructor(follow: Follow, ids: WriterMemory<string | number>) {
    this.#follow = follow;
    this.#ids = ids;
  }

  /** The request that has a message follow that about its alert; null when there is none. */
  following(message: Message, post: Post): Post | null {
    const mark = onlyAlertOf(message);
    const id = mark === null || mark.phase === "trigger" ? undefined : this.#ids.get(mark.key);
    return id === undefined || mark === null ? null : this.#follow.request(post, id, mark.phase);
  }

  followed({ alerts }: Message): void {
    for (const { key, phase } of alerts) if (phase === "resolve") this.#ids.delete(key);
  }

  posted(message: Message, answer: Readonly<Record<string, unknown>>): void {
    const id = this.#follow.idOf(answer);
    const isKept = this.#follow.canShare || onlyAlertOf(message) !== null;
    for (const { key, phase } of message.alerts) {
      this.#ids.delete(key);
      if (phase !== "resolve" && isKept && (typeof id === "string" || typeof id === "number")) this.#ids.set(key, id);
    }
    for (const [key] of this.#ids) {
      if (this.#ids.size <= MAX_ALERTS) return;
      this.#ids.delete(key);
    }
  }
}

/** The alert of a message about one event. */
function onlyAlertOf({ alerts, events }: Message): AlertMark | null {
  return events === 1 ? (alerts[0] ?? null) : null;
}
