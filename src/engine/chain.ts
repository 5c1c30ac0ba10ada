import { Actor } from "./actor.ts";
import type { Place } from "./layout.ts";
import type { ActorRun, BranchOwner, OpenBranch } from "./surroundings.ts";

/**
 * A list of stages made live: each actor's `emit` is the next one's `receive`, the last one's is `output`. A whole run
 * is one; so is a branch, linked into the list of the actor that started it until it is closed.
 */
export class LiveChain implements OpenBranch {
  readonly receive: (value: unknown) => void;
  next: OpenBranch | null = null;
  previous: OpenBranch | null = null;
  readonly #actors: readonly Actor[];
  readonly #owner: BranchOwner | null;

  constructor(run: ActorRun, places: readonly Place[], output: (value: unknown) => void, owner: BranchOwner | null) {
    // Of the exact length: a `by` has one of these per key, and a list that grows takes room for 17.
    const actors = new Array<Actor>(places.length);
    let next = output;
    let at = places.length;
    try {
      for (const place of places.toReversed()) {
        const actor = new Actor(run, place, next);
        actors[--at] = actor;
        next = actor.receive;
      }
    } catch (thrown) {
      for (const actor of actors.slice(at)) actor.end("restart");
      throw thrown;
    }
    this.#actors = actors;
    this.receive = next;
    this.#owner = owner;
    if (owner === null) return;
    this.next = owner.firstBranch;
    if (this.next !== null) this.next.previous = this;
    owner.firstBranch = this;
  }

  close(): void {
    this.flushNow();
    this.drop("stop");
  }

  /** Ends it, and leaves its owner's list. */
  drop(reason: "restart" | "stop"): void {
    this.end(reason);
    if (this.previous !== null) this.previous.next = this.next;
    else if (this.#owner?.firstBranch === this) this.#owner.firstBranch = this.next;
    if (this.next !== null) this.next.previous = this.previous;
  }

  /** See {@link Actor.flush}. */
  async flush(writing: PromiseLike<unknown>[]): Promise<void> {
    for (const actor of this.#actors) await actor.flush(writing);
  }

  flushNow(): void {
    for (const actor of this.#actors) actor.flushNow();
  }

  end(reason: "restart" | "stop"): void {
    for (const actor of this.#actors) actor.end(reason);
  }

  /** Flushes what stands below `failed`, innermost chain first; false when it is not in this chain. */
  flushBelow(failed: BranchOwner): boolean {
    const at = this.#actors.findIndex((actor) => actor === failed || actor.flushBelow(failed));
    if (at < 0) return false;
    for (const below of this.#actors.slice(at + 1)) below.flushNow();
    return true;
  }

  /** The places that are not done: for the message when a stop takes too long. */
  busy(): string[] {
    return [...new Set(this.#actors.flatMap((actor) => actor.busy()))];
  }
}
