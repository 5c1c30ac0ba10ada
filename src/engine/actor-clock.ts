import type { Cancel, Clock } from "../core/clock.ts";

/** The clock as one actor sees it: its timers are turns of the actor and die with it. */
export class ActorClock implements Clock {
  readonly #turn: (work: () => void) => void;
  readonly #clock: Clock;
  /** Most actors have one timer or none, and there may be one actor a key: no Set for that. */
  #cancels: Cancel[] = [];

  /** @param turn - Runs work as the actor. */
  constructor(clock: Clock, turn: (work: () => void) => void) {
    this.#clock = clock;
    this.#turn = turn;
  }

  now(): number {
    return this.#clock.now();
  }

  after(seconds: number, run: () => void): Cancel {
    const cancel = this.#clock.after(seconds, () => {
      this.#forget(cancel);
      this.#turn(run);
    });
    return this.#own(cancel);
  }

  every(seconds: number, run: () => void, first?: number): Cancel {
    return this.#own(this.#clock.every(seconds, () => this.#turn(run), first));
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }

  #own(cancel: Cancel): Cancel {
    this.#cancels.push(cancel);
    return () => {
      this.#forget(cancel);
      cancel();
    };
  }

  #forget(cancel: Cancel): void {
    const at = this.#cancels.indexOf(cancel);
    const last = this.#cancels.pop();
    if (last !== undefined && last !== cancel && at >= 0) this.#cancels[at] = last;
    else if (last !== undefined && at < 0) this.#cancels.push(last);
  }
}
