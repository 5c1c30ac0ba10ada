import { type Cut, type Plain, valuesOf } from "../core/state.ts";
import { type CountedTimes, Earlier, Later, MIN_LATER_VALUES } from "./plain-format.ts";
import { PlainWriter } from "./plain-writer.ts";

/** How finely it is divided. */
export interface PlainCutOptions {
  /** See {@link PlainWriter}. */
  readonly minLater?: number;
  /** Keys, or as many events, between two looks at the clock. */
  readonly piecesPerLook?: number;
}

/** Writes state as it is when {@link begin} is called. */
export class PlainCut implements Cut {
  isOver = false;
  isGivenUp = false;
  /** What was thrown by what was to be saved, or as it is not plain: then it is over, too. */
  error: unknown = null;
  readonly #writer: PlainWriter;
  readonly #minLater: number;
  readonly #piecesPerLook: number;
  #early = 0;

  /** @param times - Of the clock, when events may be ahead of it. */
  constructor(
    times: CountedTimes | null = null,
    { minLater = MIN_LATER_VALUES, piecesPerLook = 4 }: PlainCutOptions = {},
  ) {
    this.#writer = new PlainWriter(times, minLater);
    this.#minLater = minLater;
    this.#piecesPerLook = piecesPerLook;
  }

  /** Writes what is not to be written later. @param save - Saves it with this cut; `null`: that cannot be. */
  begin<State extends Plain>(save: () => State | null): State | null {
    let state: State | null = null;
    this.#try(() => {
      state = save();
      if (state === null) this.giveUp();
      else this.#writer.write(state);
    });
    return state;
  }

  /** Goes on until `isTimeUp`; whether it is over. */
  write(isTimeUp: () => boolean): boolean {
    this.#try(() => {
      for (let pieces = 1; this.#writer.writeLater(); pieces++)
        if (pieces % this.#piecesPerLook === 0 && isTimeUp()) return;
      this.isOver = true;
    });
    return this.isOver;
  }

  /** What was written, when it is over; `null`: see {@link isGivenUp} and {@link error}. */
  take(): Buffer[] | null {
    return this.isGivenUp || this.error !== null ? null : this.#writer.take();
  }

  later(length: number, values: IterableIterator<readonly Plain[]>): Plain {
    // As the writer knows it, which is the only one that sees it.
    return length < this.#minLater ? valuesOf(values) : (new Later(length, values) as never);
  }

  early(save: () => Plain): number {
    this.#try(() => this.#writer.writeEarly(save()));
    return this.#early++;
  }

  earlier(number: number): Plain {
    return new Earlier(number) as never;
  }

  giveUp(): void {
    if (this.isOver) return;
    this.isGivenUp = true;
    this.isOver = true;
  }

  /** Whose turn it is when a part is written early must not feel it. */
  #try(work: () => void): void {
    if (this.isOver) return;
    try {
      work();
    } catch (thrown) {
      if (this.isGivenUp) return;
      this.error = thrown;
      this.isOver = true;
    }
  }
}
