import assert from "node:assert/strict";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { listOf } from "../../src/core/state.ts";
import { savedPipelineOf } from "../../src/engine/saved-pipeline.ts";
import * as s from "../../src/stages/index.ts";
import { decodePlain } from "../../src/state/plain-reader.ts";
import { encodePlain } from "../../src/state/plain-writer.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { type Moment, plainFields, script, weirdFields } from "./moments.ts";
import { toText } from "./plain-text.ts";
import { type SavedTrial, type Trial, trial } from "./trial.ts";
import { USES } from "./uses.ts";

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

/** Before which records a run is saved and restored: before the first of that number, and before each so many later. */
interface Cuts {
  readonly first: number;
  readonly every: number;
}

const NEVER: Cuts = { first: Number.POSITIVE_INFINITY, every: 1 };

/** Runs stages on a script, and 30 s more. */
function played(stages: AnyStages, moments: readonly Moment[], { first, every }: Cuts): Trial["out"] {
  let run = trial(stages);
  const out: Trial["out"][number][] = [];
  let count = 0;
  const cut = (): void => {
    const after = count++ - first;
    if (after < 0 || after % every !== 0) return;
    const saved = run.save();
    assert.deepEqual(saved.pipeline.forgetful, [], "forgetful");
    out.push(...run.out);
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

/** What is forgotten of a state shows in few runs that are cut often as it does in many that are cut once. */
const anyCuts = fc.record({ first: fc.nat(40), every: fc.constantFrom(3, 9) });
const anyMoments = fc.oneof({ weight: 3, arbitrary: script(plainFields) }, script(weirdFields));

/** That it makes no difference whether a run is cut, and where. */
export function whereverItIsCut(stages: AnyStages) {
  return fc.property(anyMoments, anyCuts, (moments, cuts) => assertNoDifference(stages, moments, cuts));
}

function assertNoDifference(stages: AnyStages, moments: readonly Moment[], { first, every }: Cuts): void {
  const records = moments.reduce((sum, { events }) => sum + events.length, 0);
  const cuts = { first: first % Math.min(every, records + 1), every };
  assert.deepEqual(texts(played(stages, moments, cuts)), texts(played(stages, moments, NEVER)));
}

function texts(out: Trial["out"]): string[] {
  return out.map(({ at, value }) => `${at} ${toText(value)}`);
}

/** That no chain of stages, with a `by` of others, is changed by a cut. */
export function whereverChainsAreCut() {
  const use = fc.constantFrom(...USES.values());
  const chain = fc.array(use, { minLength: 1, maxLength: 4 });
  const stagesOf = (uses: readonly (() => AnyStages)[]): AnyStages => uses.flatMap((make) => [...make(), flat]);
  return fc.property(chain, chain, anyMoments, anyCuts, (inner, outer, moments, cuts) => {
    assertNoDifference([...stagesOf(outer), s.by("service", stagesOf(inner) as Stages)], moments, cuts);
  });
}
