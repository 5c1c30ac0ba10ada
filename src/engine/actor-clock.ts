import type { Cancel, Clock } from "../core/clock.ts";

/**
 * The clock as one actor sees it: its timers are turns of the actor and die with it. One object with the actor, as there
 * may be one a key.
 */
export abstract class ActorClock implements Clock {
  // Most actors have one timer or none: a list takes 80 bytes more.
  #timers: Cancel | Cancel[] | null = null;

  /** That of the thread. */
  protected abstract get threadClock(): Clock;

  /** Runs a timer's or a promise's work as the actor. */
  abstract turn(work: () => void): void;

  now(): number {
    return this.threadClock.now();
  }

  elapsed(): number {
    return this.threadClock.elapsed();
  }

  timeOf(event: { readonly time: number }): number {
    return this.threadClock.timeOf(event);
  }

  latest(): number {
    return this.threadClock.latest();
  }

  after(seconds: number, run: () => void): Cancel {
    const cancel = this.threadClock.after(seconds, () => {
      this.forget(cancel);
      this.turn(run);
    });
    return this.remember(cancel);
  }

  every(seconds: number, run: () => void, first?: number): Cancel {
    return this.remember(this.threadClock.every(seconds, () => this.turn(run), first));
  }

  /** Something that it began is lost with the run: timers, which are no alarms. */
  protected get hasTimers(): boolean {
    return timersOf(this.#timers).length > 0;
  }

  protected stopTimers(): void {
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
