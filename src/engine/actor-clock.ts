import type { Cancel, Clock } from "../core/clock.ts";

/** Whose timers they are: runs work as its own. */
interface Owner {
  turn(work: () => void): void;
}

/** The clock as one actor sees it: its timers are turns of the actor and die with it. */
export class ActorClock implements Clock {
  readonly #owner: Owner;
  readonly #clock: Clock;
  // Most actors have one timer or none, and there may be an actor a key: a list takes 150 bytes more.
  #first: Cancel | null = null;
  #others: Cancel[] | null = null;

  constructor(clock: Clock, owner: Owner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  timeOf(event: { readonly time: number }): number {
    return this.#clock.timeOf(event);
  }

  latest(): number {
    return this.#clock.latest();
  }

  after(seconds: number, run: () => void): Cancel {
    const cancel = this.#clock.after(seconds, () => {
      this.#forget(cancel);
      this.#owner.turn(run);
    });
    this.#remember(cancel);
    return () => {
      this.#forget(cancel);
      cancel();
    };
  }

  every(seconds: number, run: () => void, first?: number): Cancel {
    const cancel = this.#clock.every(seconds, () => this.#owner.turn(run), first);
    this.#remember(cancel);
    return () => {
      this.#forget(cancel);
      cancel();
    };
  }

  stop(): void {
    this.#first?.();
    this.#first = null;
    for (const cancel of this.#others ?? []) cancel();
    this.#others = null;
  }

  #remember(cancel: Cancel): void {
    if (this.#first === null) {
      this.#first = cancel;
      return;
    }
    this.#others ??= [];
    this.#others.push(cancel);
  }

  #forget(cancel: Cancel): void {
    if (this.#first === cancel) {
      this.#first = null;
      return;
    }
    const others = this.#others ?? [];
    const at = others.indexOf(cancel);
    const last = others.pop();
    if (last !== undefined && last !== cancel && at >= 0) others[at] = last;
    else if (last !== undefined && at < 0) others.push(last);
  }
}
