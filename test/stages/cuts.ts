import assert from "node:assert/strict";
import type { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { Stages } from "../../src/core/stage.ts";
import { listOf, type Plain } from "../../src/core/state.ts";
import { savedPipelineOf } from "../../src/engine/saved-pipeline.ts";
import * as s from "../../src/stages/index.ts";
import { PlainCut } from "../../src/state/plain-cut.ts";
import { decodePlain } from "../../src/state/plain-reader.ts";
import { encodePlain } from "../../src/state/plain-writer.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { flat } from "./flat.ts";
import { type Moment, plainFields, script, weirdFields } from "./moments.ts";
import { toText } from "./plain-text.ts";
import { type SavedTrial, type Trial, trial } from "./trial.ts";
import { USES } from "./uses.ts";

/** An event, and when it comes. */
interface Record {
  readonly at: number;
  readonly event: Event;
}

function recordsOf(moments: readonly Moment[]): Record[] {
  let now = 0;
  return moments.flatMap(({ gap, events }) => {
    now += gap;
    return events.map((event) => ({ at: now, event }));
  });
}

interface Watched {
  /** Called at the time of each record, before it comes, and behind the last one. */
  before?(record: number): void;
  /** Called between two turns. */
  between?(): void;
}

/** Gives a run records, and 30 s after the last one. */
function play(run: Trial, records: readonly Record[], { before, between }: Watched = {}): void {
  for (const [number, { at, event }] of records.entries()) {
    run.advanceTo(at, between);
    before?.(number);
    run.offer([event]);
    between?.();
  }
  before?.(records.length);
  run.advanceTo(run.clock.now() + 30, between);
}

/** Where a run is cut, and how it is saved. */
interface Cuts {
  /** Before the record of that number, and before each so many later. */
  readonly first: number;
  readonly every: number;
  /** How many pieces are written after each turn, over and over again. */
  readonly slices: readonly number[];
}

/**
 * What a run gives out: where it is cut, it is saved in slices while it goes on; what comes from there on is what another
 * run gives out that starts with what was saved.
 */
function played(stages: AnyStages, run: Trial, records: readonly Record[], cuts: Cuts | null): Trial["out"] {
  if (cuts === null || cuts.first > records.length) {
    play(run, records);
    run.end();
    return run.out;
  }
  const { first, every, slices } = cuts;
  const cut = new PlainCut(run.clock.times, { minLater: 0, piecesPerLook: 1 });
  let [now, given, turns, hasBegun] = [0, 0, 0, false];
  let whole: Buffer = Buffer.alloc(0);
  play(run, records, {
    before(record) {
      if (record !== first) return;
      [now, given, hasBegun] = [run.clock.now(), run.out.length, true];
      whole = bytesOf(run.save());
      cut.begin(() => plainOf(run.save(cut)));
    },
    between() {
      let left = slices[turns++ % slices.length] ?? 0;
      if (hasBegun && left > 0) cut.write(() => --left === 0);
    },
  });
  cut.write(() => false);
  run.end();
  assert.deepEqual([cut.error, run.forgetful()], [null, []]);
  const clock = new VirtualClock(now);
  const bytes = Buffer.concat(cut.take() ?? []);
  assert.deepEqual(decodePlain(bytes), decodePlain(whole), "in slices and at once");
  const next = trial(stages, clock, savedIn(bytes, clock));
  assert.deepEqual(bytesOf(next.save()), whole, "saved at once, when it was cut and in the next run");
  return [...run.out.slice(0, given), ...played(stages, next, records.slice(first), { first: every, every, slices })];
}

function plainOf({ pipeline, index }: SavedTrial): Plain {
  return [pipeline, index];
}

/** Without the times with which events count that are ahead: another stage may have had the time of one counted since. */
function bytesOf(saved: SavedTrial): Buffer {
  return Buffer.concat(encodePlain(plainOf(saved)));
}

function savedIn(bytes: Buffer, { times }: VirtualClock): SavedTrial {
  const [pipeline = null, index = null] = listOf(decodePlain(bytes, times));
  return { pipeline: savedPipelineOf(pipeline), index };
}

/** What is forgotten of a state shows in few runs that are cut often as it does in many that are cut once. */
const anyCuts = fc.record({
  first: fc.nat(40),
  every: fc.constantFrom(3, 9),
  slices: fc.array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: 1, maxLength: 8 }),
});
const anyMoments = fc.oneof({ weight: 3, arbitrary: script(plainFields) }, script(weirdFields));

/** That it makes no difference whether a run is cut, where, and in which slices. */
export function whereverItIsCut(stages: AnyStages) {
  return fc.property(anyMoments, anyCuts, (moments, cuts) => assertNoDifference(stages, moments, cuts));
}

function assertNoDifference(stages: AnyStages, moments: readonly Moment[], { first, ...cuts }: Cuts): void {
  const records = recordsOf(moments);
  const given = { first: first % Math.min(cuts.every, records.length + 1), ...cuts };
  assert.deepEqual(
    texts(played(stages, trial(stages), records, given)),
    texts(played(stages, trial(stages), records, null)),
  );
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
