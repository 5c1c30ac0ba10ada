import type { Clock } from "../core/clock.ts";

/** How `now` stood to `elapsed` when what has a number from `from` on was written. */
interface Reckoning {
  readonly from: number;
  readonly ahead: number;
}

/** A clock that moved by more than this was set, seconds. */
const SET_SECONDS = 1;
/** Of a clock that is set all the time the middle of its settings is forgotten. */
const MAX_RECKONINGS = 1000;

/**
 * When spilled items came: by `elapsed` in memory, in Unix seconds on disk, for the next process has another `elapsed`.
 * However the clock is set, what this process wrote comes back as old as it is. What others wrote is as old as the clock
 * says when this begins, but not younger than new.
 */
export class SpillTimes {
  readonly #clock: Clock;
  /** The first is for what others wrote. One more each time that the clock was set. */
  readonly #reckonings: [Reckoning, ...Reckoning[]];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#reckonings = [{ from: 0, ahead: this.#ahead }];
  }

  /** What has a number from `from` on is written now. */
  wrote(from: number): void {
    const ahead = this.#ahead;
    if (Math.abs(ahead - this.#last.ahead) <= SET_SECONDS) return;
    if (this.#reckonings.length >= MAX_RECKONINGS) this.#reckonings.splice(1, 1);
    this.#reckonings.push({ from, ahead });
  }

  /** Unix seconds, for what is written now. @param born - By `elapsed` */
  cameOf(born: number): number {
    return born + this.#last.ahead;
  }

  /** By `elapsed`. @param came - Unix seconds, as `number` has it on disk */
  bornOf(came: number, number: number): number {
    const { ahead } = this.#reckonings.findLast(({ from }) => from <= number) ?? this.#last;
    return Math.min(came - ahead, this.#clock.elapsed());
  }

  get #last(): Reckoning {
    return this.#reckonings.at(-1) ?? this.#reckonings[0];
  }

  get #ahead(): number {
    return this.#clock.now() - this.#clock.elapsed();
  }
}
