import type { EventOrList } from "../core/event.ts";
import type { Context, DropReason } from "../core/stage.ts";
import type { Giver } from "../core/target-port.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** A stage that takes events and lists, and emits what it takes. */
interface Passing {
  emit(value: EventOrList): void;
}

/** What one copy of a sink has given to its target, in the ledger of its pipeline: over the end of its run as well. */
export class Books implements Giver<unknown> {
  isEnded = false;
  readonly taken: (count: number) => void;
  readonly delivered: (count: number) => void;
  readonly pass: (value: EventOrList) => void;
  readonly #dropped: Context["dropped"];
  readonly #deadLetters: DeadLetters | null;

  constructor(context: Context<never> & Passing, deadLetters: DeadLetters | null) {
    this.taken = context.pending;
    this.delivered = context.delivered;
    this.pass = context.emit;
    this.#dropped = context.dropped;
    this.#deadLetters = deadLetters;
  }

  dropped(items: readonly unknown[], reason: DropReason, answer: string): void {
    this.#dropped(items.length, reason);
    if (!this.isEnded) this.#deadLetters?.receive(items, reason, answer);
  }
}
