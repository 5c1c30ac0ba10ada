import type { AlarmClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Plain } from "../core/state.ts";
import type { SavedPipeline } from "../engine/saved-pipeline.ts";
import { coerceError } from "../errors.ts";
import { PlainCut } from "../state/plain-cut.ts";
import type { SavedState } from "./kept-state.ts";
import type { TimeSlices } from "./time-slice.ts";

type Moment = Pick<SavedState, "now" | "elapsed" | "position">;

/** The cut of a pipeline or of the index, and when it was made. */
export class NamedCut {
  readonly name: string;
  readonly #cut: PlainCut;
  #at: Moment;

  constructor(name: string, clock: AlarmClock, position: number) {
    this.name = name;
    this.#cut = new PlainCut(clock.times);
    this.#at = { now: clock.now(), elapsed: clock.elapsed(), position };
  }

  get isGivenUp(): boolean {
    return this.#cut.isGivenUp;
  }

  giveUp(): void {
    this.#cut.giveUp();
  }

  begin(save: (cut: PlainCut) => Plain): this {
    this.#cut.begin(() => save(this.#cut));
    return this;
  }

  /** @param save - What a pipeline keeps, or had kept before; `null`: that cannot be saved. */
  beginPipeline(save: (cut: PlainCut) => SavedPipeline | null, source: string): this {
    return this.begin((cut) => {
      const saved = save(cut);
      if (saved === null) return null;
      const { now, elapsed } = saved;
      this.#at = { ...this.#at, now, elapsed };
      return { ...saved, source };
    });
  }

  /** Writes it while other things have their turns. */
  inSlices(slices: TimeSlices): Promise<void> {
    return new Promise((resolve) => {
      slices.add({
        step: (isOver) => {
          if (!this.#cut.write(isOver)) return "more";
          resolve();
          return "done";
        },
      });
    });
  }

  atOnce(): this {
    this.#cut.write(() => false);
    return this;
  }

  /** `null`: it was given up, or holds what is not plain, which the log is told. */
  take(log: Log): SavedState | null {
    const { name } = this;
    const { error } = this.#cut;
    const bytes = this.#cut.take();
    if (error !== null)
      log.error("state is not saved: a stage keeps what is no plain value", {
        pipeline: name,
        error: coerceError(error).message,
      });
    return bytes && { name, ...this.#at, bytes };
  }
}
