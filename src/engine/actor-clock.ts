import type { Cancel, Clock } from "../core/clock.ts";

/** Whose timers they are: runs work as its own. */
interface Owner {
  turn(work: () => void): void;
}

/** The clock as one actor sees it: its timers are turns of the actor and die with it. */
export class ActorClock implements Clock {
  readonly #owner: Owner;
  readonly #clock: Clock;
  // Most actors have one timer or none, and there may be an actor a key: a list takes 80 bytes more.
  #timers: Cancel | Cancel[] | null = null;

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
      this.forget(cancel);
      this.#owner.turn(run);
    });
    return this.remember(cancel);
  }

  every(seconds: number, run: () => void, first?: number): Cancel {
    return this.remember(this.#clock.every(seconds, () => this.#owner.turn(run), first));
  }

  get hasTimers(): boolean {
    return timersOf(this.#timers).length > 0;
  }

  stop(): void {
    for (const cancel of timersOf(this.#timers)) cancel();
    this.#timers = null;
  }

  // Methods with # would cost each actor 8 bytes.
  private remember(cancel: Cancel): Cancel {
    if (this.#timers === null) this.#timers = cancel;
    else if (typeof this.#timers === "function") this.#timers = [this.#timers, cancel];
    else this.#timers.push(cancel);
    return () => {
      this.forget(cancel);
      cancel();
    };
  }

  private forget(cancel: Cancel): void {
    if (this.#timers === cancel) this.#timers = null;
    if (!Array.isArray(this.#timers)) return;
    const at = this.#timers.indexOf(cancel);
    const last = this.#timers.pop();
    if (last !== undefined && last !== cancel && at >= 0) this.#timers[at] = last;
    else if (last !== undefined && at < 0) this.#timers.push(last);
  }
}

function timersOf(timers: Cancel | readonly Cancel[] | null): readonly Cancel[] {
  if (timers === null) return [];
  return typeof timers === "function" ? [timers] : timers;
}
