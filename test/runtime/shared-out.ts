import type { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { partitionOf, partitionsOf, type SpreadField } from "../../src/core/spread.ts";
import { findField } from "../../src/kit/field-values.ts";
import { joinIndexes, joinPipelines } from "../../src/runtime/joined-state.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { Moment } from "../stages/moments.ts";
import { type SavedTrial, type Trial, trial } from "../stages/trial.ts";

/** The text of a field. */
export function textAt(field: SpreadField, event: Event): string | null {
  return findField("test", field).read(event) as string | null;
}

/** The same stages in several workers, each with the events of its values of a field. */
export class Workers {
  readonly runs: readonly Trial[];
  readonly #by: SpreadField;
  readonly #mine: readonly Uint8Array[];

  /** @param saved - What others have saved, in whatever number. */
  constructor(stages: AnyStages, by: SpreadField, workers: number, now = 0, saved: readonly SavedTrial[] = []) {
    this.#by = by;
    this.#mine = Array.from({ length: workers }, (_, worker) => partitionsOf(worker, workers));
    this.runs = this.#mine.map((mine) => {
      const wanted = { field: workers === 1 ? null : by, mine };
      const pipeline = joinPipelines(
        saved.map((one) => one.pipeline),
        wanted,
      );
      const index = joinIndexes(
        saved.map((one) => one.index),
        wanted,
      );
      return trial(stages, new VirtualClock(now), pipeline && { pipeline, index });
    });
  }

  play({ gap, events }: Moment): void {
    this.advance(gap);
    for (const one of events)
      this.runs[this.#mine.findIndex((mine) => mine[partitionOf(textAt(this.#by, one))] === 1)]?.offer([one]);
  }

  advance(seconds: number): void {
    for (const run of this.runs) run.advanceTo(run.clock.now() + seconds);
  }

  save(): { readonly saved: readonly SavedTrial[]; readonly now: number } {
    return { saved: this.runs.map((run) => run.save()), now: this.runs[0]?.clock.now() ?? 0 };
  }

  end(): void {
    for (const run of this.runs) run.end();
  }

  get out(): Trial["out"] {
    return this.runs.flatMap(({ out }) => out);
  }
}

/** So many workers, and from the middle of the events on so many others. */
export interface Hands {
  readonly before: number;
  readonly after: number;
}

export interface Played {
  readonly out: Trial["out"];
  /** How many events that have not expired the index has at the end. */
  readonly indexed: number;
  readonly runs: readonly Trial[];
}

/** What comes out of a script that is played so, and 30 s after it. */
export function playedBy(
  stages: AnyStages,
  by: SpreadField,
  moments: readonly Moment[],
  { before, after }: Hands,
): Played {
  const middle = moments.length >> 1;
  const first = new Workers(stages, by, before);
  for (const moment of moments.slice(0, middle)) first.play(moment);
  const { saved, now } = first.save();
  first.end();
  const then = new Workers(stages, by, after, now, saved);
  for (const moment of moments.slice(middle)) then.play(moment);
  then.advance(30);
  const indexed = then.runs.reduce((sum, run) => sum + run.indexedNow(), 0);
  then.end();
  return { out: [...first.out, ...then.out], indexed, runs: [...first.runs, ...then.runs] };
}
