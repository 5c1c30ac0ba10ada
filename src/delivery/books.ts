import type { EventOrList } from "../core/event.ts";
import type { Context, DropReason } from "../core/stage.ts";
import type { Giver } from "../core/target-port.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** What one copy of a sink has given to its target, in the ledger of its pipeline: over the end of its run as well. */
export class Books implements Giver<EventOrList> {
  isEnded = false;
  readonly taken: (count: number) => void;
  readonly delivered: (count: number) => void;
  readonly #dropped: Context["dropped"];
  readonly #deadLetters: DeadLetters | null;

  constructor(context: Context<never>, deadLetters: DeadLetters | null) {
    this.taken = context.pending;
    this.delivered = context.delivered;
    this.#dropped = context.dropped;
    this.#deadLetters = deadLetters;
  }

  dropped(items: readonly EventOrList[], reason: DropReason, answer: string): void {
    this.#dropped(items.length, reason);
    if (!this.isEnded) this.#deadLetters?.receive(items, reason, answer);
  }

  lost(count: number): void {
    this.#dropped(count, "failed");
  }
}
