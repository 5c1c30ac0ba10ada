import { AsyncResource } from "node:async_hooks";
import { Queue } from "../core/queue.ts";
import type { Thread } from "../engine/thread.ts";
import { beginTurn } from "./turn.ts";

/**
 * What the pipelines of a thread have put off. All of it shares one turn in each round of the loop: what that has no time
 * for, first of all the work that this work puts off, waits for the next.
 */
export class LaterWork {
  readonly #thread: () => Pick<Thread, "machine" | "turnEnd">;
  readonly #queue = new Queue<() => void>();
  #isPlanned = false;

  constructor(thread: () => Pick<Thread, "machine" | "turnEnd">) {
    this.#thread = thread;
  }

  /** @param work - It is somebody's: what it throws is told to whoever puts it off. */
  add(work: () => void): void {
    this.#queue.push(AsyncResource.bind(work));
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#queue.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      try {
        this.#turn();
      } finally {
        this.#plan();
      }
    });
  }

  #turn(): void {
    const thread = this.#thread();
    beginTurn(thread);
    for (let left = this.#queue.length; left > 0; left--) {
      this.#queue.shift()?.();
      if (thread.machine.elapsed() > thread.turnEnd) return;
    }
  }
}
