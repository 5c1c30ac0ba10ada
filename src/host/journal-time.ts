import type { JournalClock, Moment } from "../core/journal-clock.ts";
import type { Supervisor } from "../engine/supervisor.ts";

export interface JournalTimeOptions {
  readonly clock: JournalClock;
  supervisors(): readonly Supervisor[];
}

/**
 * The time of a thread that a journal tells: before it goes on, the pipelines deal with all that came before. So what they
 * do depends on the journal alone, however long it takes.
 */
export class JournalTime {
  readonly #options: JournalTimeOptions;
  #next: Moment | null = null;
  #resting: (() => void)[] = [];
  /** Some timers that are due before the next moment have run. */
  #isAdvancing = false;

  constructor(options: JournalTimeOptions) {
    this.#options = options;
  }

  /** What was offered came in before this moment, and what comes in at it. */
  comes(moment: Moment): void {
    this.#next = moment;
  }

  /**
   * Calls back when the next moment has come and the pipelines have dealt with all of the one before, unless one waits for
   * something of its own.
   */
  atRest(work: () => void): void {
    this.#resting.push(work);
  }

  /** Whether what follows may be offered now: else it is to be asked again in another turn. */
  isReady(isTimeUp: () => boolean): boolean {
    if (this.#next === null) return true;
    if (this.#options.supervisors().some(({ isBehind }) => isBehind)) return false;
    // Not between two timers of one time: what was done by then has no name.
    if (!this.#isAdvancing) for (const work of this.#resting.splice(0)) work();
    this.#isAdvancing = true;
    if (!this.#options.clock.advance(this.#next, isTimeUp)) return false;
    this.#isAdvancing = false;
    this.#next = null;
    return true;
  }
}
