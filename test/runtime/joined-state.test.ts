import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { partitionOf, partitionsOf } from "../../src/core/spread.ts";
import type { Stages } from "../../src/core/stage.ts";
import { spreadOf } from "../../src/routes/spread-of.ts";
import { joinIndexes, joinPipelines } from "../../src/runtime/joined-state.ts";
import * as s from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { HOSTS, type Moment, plainFields, script } from "../stages/moments.ts";
import { toText } from "../stages/plain-text.ts";
import { type SavedTrial, type Trial, trial } from "../stages/trial.ts";
import { USES } from "../stages/uses.ts";

/** The same stages in several workers, each with the events of its hosts, as one. */
class Workers {
  readonly #runs: readonly Trial[];
  readonly #mine: readonly Uint8Array[];

  /** @param saved - What others have saved, in whatever number. */
  constructor(stages: AnyStages, workers: number, now: number, saved: readonly SavedTrial[] = []) {
    this.#mine = Array.from({ length: workers }, (_, worker) => partitionsOf(worker, workers));
    this.#runs = this.#mine.map((mine) => {
      const wanted = { spread: workers === 1 ? "all" : "host", mine } as const;
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
      this.#runs[this.#mine.findIndex((mine) => mine[partitionOf(one.host)] === 1)]?.offer([one]);
  }

  advance(seconds: number): void {
    for (const run of this.#runs) run.advanceTo(run.clock.now() + seconds);
  }

  save(): { readonly saved: readonly SavedTrial[]; readonly now: number } {
    return { saved: this.#runs.map((run) => run.save()), now: this.#runs[0]?.clock.now() ?? 0 };
  }

  end(): void {
    for (const run of this.#runs) run.end();
  }

  /** What came out, in no order between hosts. */
  get out(): string[] {
    return this.#runs.flatMap(({ out }) => out.map(({ at, value }) => `${at} ${toText(value)}`)).sort();
  }
}

/** What comes out of a script that is played by so many workers, and from the middle on by so many others. */
function played(stages: AnyStages, moments: readonly Moment[], before: number, after: number): string[] {
  const middle = moments.length >> 1;
  const first = new Workers(stages, before, 0);
  for (const moment of moments.slice(0, middle)) first.play(moment);
  const { saved, now } = first.save();
  first.end();
  const then = new Workers(stages, after, now, saved);
  for (const moment of moments.slice(middle)) then.play(moment);
  then.advance(30);
  then.end();
  return [...first.out, ...then.out].sort();
}

const CHAINS = new Map<string, () => AnyStages>([
  ...[...USES].map(([name, make]) => [`by host: ${name}`, () => [s.by("host", make() as Stages)]] as const),
  ["by both", () => [s.by(["service", "host"], [s.rate(4), s.changed("metric")])]],
  ["by host, twice", () => [s.by("host", [s.counter()]), s.by(["host", "service"], [s.ewma(3)])]],
  ["inside where", () => [s.where((e) => e.metric !== null, [s.by("host", [s.rate(4)])], [s.changedState()])]],
  ["inside tee", () => [s.tee([s.by("host", [s.by("service", [s.counter()])])], [s.changedState()])]],
  ["keyed by itself", () => [s.project([(e) => e.metric === 1, (e) => e.metric === 2], { key: ["host"] })]],
  ["index", () => [s.index({ interval: 4 })]],
]);

describe("what several workers keep goes on in any other number of them", () => {
  assert.deepEqual(new Set(HOSTS.map((host) => partitionOf(host) % 2)).size, 2, "there are hosts of both workers");
  for (const [name, make] of CHAINS) {
    if (spreadOf(make()).by !== "host") continue;
    test(name, () => {
      fc.assert(
        fc.property(
          script(plainFields),
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(1, 2, 3),
          (moments, before, after) => {
            assert.deepEqual(played(make(), moments, before, after), played(make(), moments, 1, 1));
          },
        ),
        { numRuns: rounds(5) },
      );
    });
  }
});
