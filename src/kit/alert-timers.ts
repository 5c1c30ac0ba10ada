import type { Clock } from "../core/clock.ts";
import type { Context } from "../core/stage.ts";
import type { Alarm } from "../core/state.ts";
import { type Timer, TimerQueue } from "../core/timer-queue.ts";
import type { AlertWork } from "./alert-life.ts";

/** The timers of all alerts of a stage, and one for its silences: the first of them has the alarm. */
export class AlertTimers {
  readonly #clock: Clock;
  readonly #queue = new TimerQueue();
  readonly #alarm: Alarm;
  readonly #work: AlertWork;
  #reviewAt = Number.POSITIVE_INFINITY;

  constructor({ alarm, clock }: Pick<Context, "alarm" | "clock">, work: AlertWork) {
    this.#clock = clock;
    this.#work = work;
    this.#alarm = alarm(() => this.#ring(), { by: "elapsed" });
  }

  /** @param due - By `elapsed`. */
  plan(timer: Timer, due: number): void {
    this.planAgain(timer, due);
    this.arm();
  }

  /**
   * Plans one that is restored, before {@link arm}.
   *
   * @param order - See {@link TimerQueue}.
   */
  planAgain(timer: Timer, due: number, order?: number): void {
    if (due === Number.POSITIVE_INFINITY) this.#queue.cancel(timer);
    else this.#queue.plan(timer, Math.max(due, this.#clock.elapsed()), order);
  }

  cancel(timer: Timer): void {
    this.#queue.cancel(timer);
    this.arm();
  }

  /** In a turn of its own, as all that emits. */
  reviewSoon(): void {
    this.#reviewAt = this.#clock.elapsed();
    this.arm();
  }

  /** One at a time: others may be in need of a turn. */
  #ring(): void {
    const now = this.#clock.elapsed();
    if (this.#reviewAt <= now) {
      this.#reviewAt = Number.POSITIVE_INFINITY;
      this.#work.review();
    } else if (this.#queue.nextDue() <= now) this.#queue.runNext(now);
    this.arm();
  }

  /** Sets the alarm, unless it is set to that time. */
  arm(): void {
    const due = Math.min(this.#reviewAt, this.#queue.nextDue());
    if (due !== this.#alarm.at) this.#alarm.set(due);
  }
}
