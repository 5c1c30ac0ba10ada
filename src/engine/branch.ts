import type { Branch } from "../core/stage.ts";
import type { Actor } from "./actor.ts";
import type { LiveChain } from "./chain.ts";

/** A branch that an actor started: a chain of its own, linked into the actor's list until it is closed. */
export class LiveBranch implements Branch<never> {
  readonly receive: (value: unknown) => void;
  next: LiveBranch | null;
  #previous: LiveBranch | null = null;
  readonly #owner: Actor;
  readonly #chain: LiveChain;

  constructor(owner: Actor, chain: LiveChain) {
    this.#owner = owner;
    this.#chain = chain;
    this.receive = chain.receive;
    this.next = owner.firstBranch;
    if (this.next !== null) this.next.#previous = this;
    owner.firstBranch = this;
  }

  close(): void {
    this.#chain.flushNow();
    this.end("stop");
    if (this.#previous !== null) this.#previous.next = this.next;
    else if (this.#owner.firstBranch === this) this.#owner.firstBranch = this.next;
    if (this.next !== null) this.next.#previous = this.#previous;
  }

  flush(): Promise<void> {
    return this.#chain.flush();
  }

  flushNow(): void {
    this.#chain.flushNow();
  }

  end(reason: "restart" | "stop"): void {
    this.#chain.end(reason);
  }

  /** Says whether `actor` is in here, and if so flushes what is below it. */
  flushBelow(actor: Actor): boolean {
    return this.#chain.flushBelow(actor);
  }

  busy(): string[] {
    return this.#chain.busy();
  }
}
