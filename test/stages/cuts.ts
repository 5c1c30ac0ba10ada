import assert from "node:assert/strict";
import type { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { listOf, type Plain } from "../../src/core/state.ts";
import { savedPipelineOf } from "../../src/engine/saved-pipeline.ts";
import * as s from "../../src/stages/index.ts";
import { PlainCut } from "../../src/state/plain-cut.ts";
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

/** What a run gives out. */
function uncut(stages: AnyStages, records: readonly Record[]): string[] {
  const run = trial(stages);
  play(run, records);
  run.end();
  return texts(run.out);
}

/**
 * The same of a run that is saved before the record of that number, in slices of so many values between its turns; behind
 * what it had given out by then, that of another run which starts with what was saved.
 */
function cutAt(stages: AnyStages, records: readonly Record[], place: number, slices: readonly number[]): string[] {
  const run = trial(stages);
  const cut = new PlainCut(run.clock.times, { minLater: 0, piecesPerLook: 1 });
  let [now, given, turns, hasBegun] = [0, 0, 0, false];
  let whole: Buffer = Buffer.alloc(0);
  play(run, records, {
    before(record) {
      if (record !== place) return;
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
  play(next, records.slice(place));
  next.end();
  return [...texts(run.out.slice(0, given)), ...texts(next.out)];
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

const anyMoments = fc.oneof({ weight: 3, arbitrary: script(plainFields) }, script(weirdFields));

const slices = fc.array(fc.constantFrom(0, 0, 1, 2, 5, 1000), { minLength: 1, maxLength: 8 });

/** That it makes no difference whether a run is cut, where, and in which slices. */
export function whereverItIsCut(stages: AnyStages) {
  return fc.property(anyMoments, fc.nat(40), slices, (...drawn) => assertNoDifference(stages, ...drawn));
}

function assertNoDifference(
  stages: AnyStages,
  moments: readonly Moment[],
  at: number,
  slices: readonly number[],
): void {
  const records = recordsOf(moments);
  assert.deepEqual(cutAt(stages, records, at % (records.length + 1), slices), uncut(stages, records));
}

function texts(out: Trial["out"]): string[] {
  return out.map(({ at, value }) => `${at} ${toText(value)}`);
}

/** That no chain of stages, with a `by` of others, is changed by a cut. */
export function whereverChainsAreCut() {
  const use = fc.constantFrom(...USES.values());
  const chain = fc.array(use, { minLength: 1, maxLength: 4 });
  const stagesOf = (uses: readonly (() => AnyStages)[]): AnyStages => uses.flatMap((make) => [...make(), flat]);
  return fc.property(chain, chain, anyMoments, fc.nat(40), slices, (inner, outer, ...drawn) => {
    assertNoDifference([...stagesOf(outer), s.by("service", stagesOf(inner) as Stages)], ...drawn);
  });
}
