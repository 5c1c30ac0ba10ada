import type { Clock } from "../core/clock.ts";
import type { Context } from "../core/stage.ts";
import { type Alarm, numberOf, type Plain, type Savable } from "../core/state.ts";

/**
 * Calls back when nothing has been heard for a number of seconds, and again each time that many more have passed. To
 * hear something costs a look at the clock: the alarm is not moved, but sees when it rings how much is left.
 */
export class IdleTimer implements Savable {
  readonly #clock: Clock;
  readonly #seconds: number;
  readonly #onSilence: () => void;
  readonly #alarm: Alarm;
  #heardAt = 0;

  constructor(
    { clock, alarm, keeps }: Pick<Context, "alarm" | "clock" | "keeps">,
    seconds: number,
    onSilence: () => void,
  ) {
    this.#clock = clock;
    this.#seconds = seconds;
    this.#onSilence = onSilence;
    this.#alarm = alarm(() => this.look(), { by: "elapsed" });
    keeps(this);
  }

  save(): Plain {
    return this.#heardAt;
  }

  restore(saved: Plain): void {
    this.#heardAt = numberOf(saved);
  }

  /** Something was heard; begins to listen, if it did not. */
  heard(): void {
    this.#heardAt = this.#clock.elapsed();
    if (this.#alarm.at === Number.POSITIVE_INFINITY) this.#alarm.set(this.#heardAt + this.#seconds);
  }

  /** Listens no longer. */
  stop(): void {
    this.#alarm.clear();
  }

  private look(): void {
    const now = this.#clock.elapsed();
    const due = this.#heardAt + this.#seconds;
    if (due > now) return this.#alarm.set(due);
    this.#heardAt = now;
    this.#alarm.set(now + this.#seconds);
    this.#onSilence();
  }
}
