import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { listOf } from "../../src/core/state.ts";
import { savedPipelineOf } from "../../src/engine/saved-pipeline.ts";
import * as s from "../../src/stages/index.ts";
import { decodePlain } from "../../src/state/plain-reader.ts";
import { encodePlain } from "../../src/state/plain-writer.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { rounds } from "../rounds.ts";
import { type Moment, plainFields, script, weirdFields } from "./moments.ts";
import { toText } from "./plain-text.ts";
import { type SavedTrial, type Trial, trial } from "./trial.ts";
import { USES } from "./uses.ts";

/*
 * The state of stages is a value: a run that is saved between any two records, and goes on elsewhere with the bytes that
 * were made of it, emits what it would have emitted. Every stage is in it, alone, under `by` and in chains.
 */

/** Stages that do not keep all of their state yet. */
const UNCONVERTED: ReadonlySet<string> = new Set(["alert"]);

/** Lists, of whatever, as events. */
const flat = stage(
  "flat",
  ({ emit }) => {
    const each = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) each(one);
      else if (value !== null) emit(value as never);
    };
    return each;
  },
  { takes: "anything", memory: 0 },
);

/** Runs stages on a script, and 30 s more; saved and restored before the record of that number. */
function played(stages: AnyStages, moments: readonly Moment[], cutAt = -1): Trial["out"] {
  let run = trial(stages);
  let out: Trial["out"] = [];
  let count = 0;
  const cut = (): void => {
    if (count++ !== cutAt) return;
    const saved = run.save();
    assert.deepEqual(saved.pipeline.forgetful, [], "forgetful");
    out = run.out;
    const bytes = bytesOf(saved, run.clock);
    run.end();
    const clock = new VirtualClock(run.clock.now());
    run = trial(stages, clock, savedIn(bytes, clock));
    assert.deepEqual(bytesOf(run.save(), clock), bytes, "saved at once again");
  };
  for (const { gap, events } of moments) {
    run.advanceTo(run.clock.now() + gap);
    for (const one of events) {
      cut();
      run.offer([one]);
    }
  }
  cut();
  run.advanceTo(run.clock.now() + 30);
  run.end();
  return [...out, ...run.out];
}

/** That is plain, all of it. */
function bytesOf({ pipeline, index }: SavedTrial, { times }: VirtualClock): Buffer {
  return encodePlain([pipeline, index], times);
}

function savedIn(bytes: Buffer, { times }: VirtualClock): SavedTrial {
  const [pipeline = null, index = null] = listOf(decodePlain(bytes, times));
  return { pipeline: savedPipelineOf(pipeline), index };
}

const anyMoments = fc.oneof({ weight: 3, arbitrary: script(plainFields) }, script(weirdFields));

/** That it makes no difference whether a run is cut, and where. */
function whereverItIsCut(stages: AnyStages) {
  return fc.property(anyMoments, fc.nat(40), (moments, at) => {
    const records = moments.reduce((sum, { events }) => sum + events.length, 0);
    assert.deepEqual(texts(played(stages, moments, at % (records + 1))), texts(played(stages, moments)));
  });
}

function texts(out: Trial["out"]): string[] {
  return out.map(({ at, value }) => `${at} ${toText(value)}`);
}

const isUnconverted = (stages: AnyStages): boolean =>
  stages.some(({ name, branches }) => UNCONVERTED.has(name) || Object.values(branches).some(isUnconverted));

const converted = [...USES].filter(([, make]) => !isUnconverted(make()));

describe("a run that is saved and restored emits what it would have emitted", () => {
  for (const [name, make] of converted) {
    test(name, () => fc.assert(whereverItIsCut(make()), { numRuns: rounds(6) }));
    test(`by host: ${name}`, () =>
      fc.assert(whereverItIsCut([s.by("host", make() as Stages)]), { numRuns: rounds(4) }));
  }
});

test("so do chains of any stages", () => {
  const use = fc.constantFrom(...converted.map(([, make]) => make));
  const chain = fc.array(use, { minLength: 2, maxLength: 4 });
  const stagesOf = (uses: readonly (() => AnyStages)[]): AnyStages => uses.flatMap((make) => [...make(), flat]);
  fc.assert(
    fc.property(chain, chain, anyMoments, fc.nat(40), (inner, outer, moments, at) => {
      const stages = [...stagesOf(outer), s.by("service", stagesOf(inner) as Stages)];
      const records = moments.reduce((sum, { events }) => sum + events.length, 0);
      assert.deepEqual(texts(played(stages, moments, at % (records + 1))), texts(played(stages, moments)));
    }),
    { numRuns: rounds(100) },
  );
});

const ENOUGH = { numRuns: 100, seed: 1 };

describe("a stage is in the list of unconverted ones only as long as it has to be", () => {
  for (const name of UNCONVERTED)
    test(name, () => {
      const uses = [...USES.values()].filter((make) => make().some((one) => one.name === name));
      const isWrong = uses.some((make) => fc.check(whereverItIsCut(make()), { ...ENOUGH, endOnFailure: true }).failed);
      assert.ok(isWrong, "it keeps its state: take it off the list");
    });
});
