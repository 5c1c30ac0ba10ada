import type { AlarmClock } from "../core/clock.ts";
import { show } from "../core/stage.ts";
import { type Alarm, listOf, numberOf, type Plain, type Savable } from "../core/state.ts";
import { Timer } from "../core/timer-queue.ts";
import { FastTsError } from "../errors.ts";

/** Whose alarm it is: it rings as a turn of its own. */
interface AlarmOwner {
  readonly place: string;
  readonly isEnded: boolean;
  changes(): void;
  turn(work: () => void): void;
}

const NOBODY: AlarmOwner = { place: "", isEnded: true, changes() {}, turn() {} };

/** An alarm of one actor: its timer at the same time, as there may be one a key. */
export class ActorAlarm extends Timer implements Alarm, Savable {
  at = Number.POSITIVE_INFINITY;
  #owner: AlarmOwner;
  readonly #clock: AlarmClock;
  readonly #ring: (at: number) => void;
  /** It goes by `now()`. */
  readonly #isWall: boolean;

  constructor(owner: AlarmOwner, clock: AlarmClock, ring: (at: number) => void, isWall: boolean) {
    super();
    this.#owner = owner;
    this.#clock = clock;
    this.#ring = ring;
    this.#isWall = isWall;
  }

  set(at: number): void {
    if (typeof at !== "number" || Number.isNaN(at))
      throw new FastTsError(
        "FTS_STAGE_MISUSE",
        `${this.#owner.place}: alarm.set(at): must be a number, got ${show(at)}`,
      );
    if (this.#owner.isEnded) return;
    this.#owner.changes(); // it may be set outside of a turn
    this.at = at;
    if (at === Number.POSITIVE_INFINITY) this.#clock.cancel(this);
    else this.#clock.plan(this, this.#isWall ? dueOf(this.#clock, at) : at);
  }

  again(at: number): void {
    if (this.#owner.isEnded) return;
    this.at = at;
    this.#clock.plan(this, this.due, this.order);
  }

  clear(): void {
    this.at = Number.POSITIVE_INFINITY;
    this.#clock.cancel(this);
  }

  /** It can be set no more: its actor has ended, or what that keeps has gone on elsewhere. */
  end(): void {
    this.clear();
    this.#owner = NOBODY;
  }

  run(): void {
    const { at } = this;
    this.#owner.changes();
    this.at = Number.POSITIVE_INFINITY;
    this.#owner.turn(() => this.#ring(at));
  }

  save(): Plain {
    return this.at === Number.POSITIVE_INFINITY ? null : [this.at, this.due, this.order];
  }

  restore(saved: Plain, away = 0): void {
    if (saved === null) return;
    const [at, due, order] = listOf(saved);
    this.at = numberOf(at);
    // In the past, too: alarms that passed meanwhile ring in their order.
    this.#clock.plan(this, numberOf(due) - (this.#isWall ? away : 0), numberOf(order));
  }
}

/** When it is `at` by the wall clock, by `elapsed`. */
function dueOf(clock: AlarmClock, at: number): number {
  const now = clock.now();
  const left = Math.max(0, at - now);
  // Rounded down: it must not ring after an event of that very time.
  return clock.elapsed() + (now + left > at ? left * (1 - Number.EPSILON) : left);
}
