import type { Account } from "../core/account.ts";
import type { EventOrList } from "../core/event-list.ts";
import { SETTLEMENT_WIDTH, type Settlement } from "../core/settlement.ts";
import type { Context, DropReason } from "../core/stage.ts";
import type { SinkBooks } from "../core/target-port.ts";
import type { DeadLetters } from "./dead-letters.ts";

/** Whose items a target sends that were spilled before this process: its books alone know of them. */
export const NOBODY: SinkBooks = {
  isEnded: false,
  wantsReturns: false,
  settlement: { counts: new Float64Array(SETTLEMENT_WIDTH), at: 0 },
  pass() {},
  taken() {},
  delivered() {},
  dropped() {},
  handedOver() {},
  returned() {},
  lost() {},
};

/** A stage that takes events and lists, and emits what it takes. */
interface Passing {
  readonly account: Account;
  emit(value: EventOrList): void;
}

/** What one copy of a sink has given to its target, in the ledger of its pipeline: over the end of its run as well. */
export class Books implements SinkBooks {
  isEnded = false;
  readonly pass: (value: EventOrList) => void;
  readonly #account: Account;
  readonly #deadLetters: DeadLetters | null;

  constructor({ account, emit }: Context<never> & Passing, deadLetters: DeadLetters | null) {
    this.#account = account;
    this.pass = emit;
    this.#deadLetters = deadLetters;
  }

  get settlement(): Settlement {
    return this.#account.settlement;
  }

  get wantsReturns(): boolean {
    return this.#deadLetters !== null;
  }

  taken(count: number): void {
    this.#account.queued(count);
  }

  delivered(count: number): void {
    this.#account.delivered(count);
  }

  dropped(items: readonly unknown[], reason: DropReason, answer: string): void {
    this.#account.dropped(items.length, reason);
    this.returned(items, reason, answer);
  }

  handedOver(count: number): void {
    this.#account.handedOver(count);
  }

  /** It reached the target before. */
  passOver(value: EventOrList): void {
    this.taken(1);
    this.delivered(1);
    this.pass(value);
  }

  returned(originals: readonly unknown[], reason: DropReason, answer: string): void {
    if (!this.isEnded && reason !== "merged") this.#deadLetters?.receive(originals, reason, answer);
  }

  lost(count: number): void {
    this.#account.dropped(count, "failed");
  }
}
