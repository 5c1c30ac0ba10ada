import { Actor } from "./actor.ts";
import type { Place } from "./layout.ts";
import type { Run } from "./run.ts";

/** A list of stages made live: each actor's `emit` is the next one's `receive`, the last one's is `output`. */
export class LiveChain {
  readonly receive: (value: unknown) => void;
  readonly #actors: readonly Actor[];

  constructor(run: Run, places: readonly Place[], output: (value: unknown) => void) {
    const actors: Actor[] = [];
    let next = output;
    try {
      for (const place of places.toReversed()) {
        const actor = new Actor(run, place, next);
        actors.unshift(actor);
        next = actor.receive;
      }
    } catch (thrown) {
      for (const actor of actors) actor.end("restart");
      throw thrown;
    }
    this.#actors = actors;
    this.receive = next;
  }

  /** Gives out all that is held, top to bottom, waiting for each. */
  async flush(): Promise<void> {
    for (const actor of this.#actors) await actor.flush();
  }

  flushNow(): void {
    for (const actor of this.#actors) actor.flushNow();
  }

  end(reason: "restart" | "stop"): void {
    for (const actor of this.#actors) actor.end(reason);
  }

  /** Flushes what stands below `failed`, innermost chain first; false when it is not in this chain. */
  flushBelow(failed: Actor): boolean {
    const at = this.#actors.findIndex((actor) => actor === failed || actor.flushBelow(failed));
    if (at < 0) return false;
    for (const below of this.#actors.slice(at + 1)) below.flushNow();
    return true;
  }

  /** The places that are not done: for the message when a stop takes too long. */
  busy(): string[] {
    return this.#actors.flatMap((actor) => actor.busy());
  }
}
