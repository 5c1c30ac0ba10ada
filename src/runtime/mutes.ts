import type { Clock } from "../core/clock.ts";

/** By pipeline: up to where, by the clock of the journal, all that it gave out has reached its targets, or a spill. */
export type OutputMarks = ReadonlyMap<string, number>;

/** Which outputs of a replay are not to be sent again. */
export class Mutes {
  readonly #clock: Clock;
  #marks: OutputMarks | null = null;
  readonly #foreign = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A replay begins. */
  begin(marks: OutputMarks): void {
    this.#marks = marks;
  }

  /** Other routes were there when this came in: nothing of what the pipeline makes of it is sent. */
  muteAll(pipeline: string): void {
    this.#foreign.add(pipeline);
  }

  /** The replay is over. */
  end(): void {
    this.#marks = null;
    this.#foreign.clear();
  }

  /** Nothing that the pipeline gives out in this replay is sent. */
  isForeign(pipeline: string): boolean {
    return this.#foreign.has(pipeline);
  }

  readonly isMuted = (pipeline: string): boolean => {
    if (this.#marks === null) return false;
    const mark = this.#marks.get(pipeline);
    return (mark !== undefined && this.#clock.elapsed() <= mark) || this.#foreign.has(pipeline);
  };
}
