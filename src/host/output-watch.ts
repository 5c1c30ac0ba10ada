import type { Clock } from "../core/clock.ts";
import type { Supervisor } from "../engine/supervisor.ts";

/** What pipelines gave out until then is on its way. */
export interface Given {
  /** By the clock of the journal. */
  readonly elapsed: number;
  /** By the names of their states. */
  readonly pipelines: readonly string[];
}

export interface OutputWatchOptions {
  /** What the journal says it is. */
  readonly clock: Clock;
  readonly machine: Clock;
  supervisors(): readonly Supervisor[];
  /** What is saved of a pipeline goes by this name. */
  nameOf(supervisor: Supervisor): string;
  /** Calls back between two records of the journal. */
  atRest(work: () => void): void;
  /** Whether what targets here took until then, by `elapsed` of `machine`, is settled, spilled, or handed over. */
  isSafe(until: number): boolean;
  /** How much was printed so far, and up to where it is out. */
  printed(): { readonly given: number; readonly out: number };
  /** It is, but for what was handed over. */
  passed(given: Given): void;
}

/** Finds out up to where what the pipelines of a thread gave out has left it. */
export class OutputWatch {
  readonly #options: OutputWatchOptions;
  #given: { readonly given: Given; readonly until: number; readonly prints: number } | null = null;
  #isAsked = false;

  constructor(options: OutputWatchOptions) {
    this.#options = options;
  }

  /** To be called several times a second. */
  look(): void {
    const { atRest, isSafe, printed, passed } = this.#options;
    const last = this.#given;
    if (last === null) {
      if (!this.#isAsked) atRest(() => this.#begin());
      this.#isAsked = true;
    } else if (isSafe(last.until) && printed().out >= last.prints) {
      this.#given = null;
      passed(last.given);
    }
  }

  /** What comes out at the end of this turn belongs to it. */
  #begin(): void {
    const { clock, machine, supervisors, nameOf, printed } = this.#options;
    const elapsed = clock.elapsed();
    const pipelines = supervisors().flatMap((one) => (one.isSettled ? nameOf(one) : []));
    setImmediate(() => {
      this.#isAsked = false;
      const given = { elapsed, pipelines };
      this.#given = { given, until: machine.elapsed(), prints: printed().given };
    });
  }
}
