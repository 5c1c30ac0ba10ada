import { Queue } from "../core/queue.ts";
import { weighValue } from "../core/weigh.ts";

/** Events in a mailbox at which its pipeline pauses taking events from its inbox, until half of them are handled. */
export const CONGESTED_EVENTS = 1024;
/** The same in bytes, about. */
const CONGESTED_BYTES = 16 * 1024 * 1024;
/** Maximum events in a mailbox: what one event's flood of output puts on top is lost to `overflow`. */
export const MAX_MAILBOX_EVENTS = 65_536;

/**
 * A queued item: an event, a timer's work that was due while the actor was not idle, or a waiter for all items before
 * it.
 */
export type Mail = { readonly value: unknown } | { readonly work: () => void } | { readonly wake: () => void };

/** What waits for an actor, first in, first out. */
export class Mailbox {
  readonly #queue = new Queue<Mail>();
  readonly #congestion: { congested: number };
  #isCongested = false;
  #bytes = 0;

  /** @param congestion - Counts the mailboxes of a run that are long enough for the inbox to pause. */
  constructor(congestion: { congested: number }) {
    this.#congestion = congestion;
  }

  get length(): number {
    return this.#queue.length;
  }

  push(mail: Mail): void {
    this.#queue.push(mail);
    this.#bytes += bytesOf(mail);
    if (this.#isCongested || (this.#queue.length < CONGESTED_EVENTS && this.#bytes < CONGESTED_BYTES)) return;
    this.#isCongested = true;
    this.#congestion.congested++;
  }

  shift(): Mail | undefined {
    const mail = this.#queue.shift();
    if (mail !== undefined) this.#bytes -= bytesOf(mail);
    if (this.#isCongested && this.#queue.length < CONGESTED_EVENTS / 2 && this.#bytes < CONGESTED_BYTES / 2) {
      this.#isCongested = false;
      this.#congestion.congested--;
    }
    return mail;
  }
}

function bytesOf(mail: Mail): number {
  return "value" in mail ? weighValue(mail.value) : 0;
}
