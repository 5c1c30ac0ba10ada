import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event, type EventFields, event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { Stage, Stages } from "../../src/core/stage.ts";
import * as folds from "../../src/folds/index.ts";
import { email, sink, stdout } from "../../src/index.ts";
import * as s from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { isLong, rounds, share } from "../rounds.ts";
import { type Trial, trial } from "./trial.ts";
import { nameOf, USES } from "./uses.ts";

const HOUR = 3600;
const DAY = 86_400;
const WEEK = 7 * DAY;

interface Step extends EventFields {
  /** Seconds after the one before. */
  readonly after: number;
  /** How old it is then. */
  readonly age: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.constantFrom(0, 0.1, 1, 2, 4),
  age: fc.constantFrom(0, 0, 0, 0.1, 1, 3),
  service: fc.constantFrom("x", "y"),
  state: fc.constantFrom("ok", "ok", "critical", "expired"),
  metric: fc.constantFrom(null, 0, 1, 2, -3),
  ttl: fc.constantFrom(null, null, 3, 20),
});
// Windows may begin with the first event, and anew with the one after an expired one. Let both begin them alike after the
// silence: with an event that all take, and by then none but the last has expired.
const FIRST = { after: 0, age: 0, state: "ok", metric: 1 };
const steps = fc
  .array(step, { minLength: 1, maxLength: 5 })
  .map(([, ...others]) => [{ ...FIRST, service: "x" }, ...others]);

interface Played {
  readonly out: Trial["out"];
  /** How much of that had come out when the silence ended. */
  readonly before: number;
}

/** Events come at 0, and again after a silence. */
function played(stages: AnyStages, before: readonly Step[], silence: number, then: readonly Step[]): Played {
  const run = trial(stages);
  const offer = (all: readonly Step[]): void => {
    for (const { after, age, ...fields } of all) {
      run.advanceTo(run.clock.now() + after);
      run.offer([event({ host: "a", ...fields, time: run.clock.now() - age })]);
    }
  };
  offer(before);
  run.advanceTo(silence);
  const given = run.out.length;
  offer(then);
  run.advanceTo(silence + 100);
  run.end();
  return { out: run.out, before: given };
}

/**
 * What comes out but for what the forgetting of an idle key changes, from an hour on: what is repeated until an event comes
 * ends, lists are given out at once instead of with the next event, and windows without events are not told of.
 */
function asFarAsKept({ out, before }: Played): readonly unknown[] {
  const isInSilence = (at: number, n: number): boolean => at > HOUR && n < before;
  return out
    .filter(({ at, value }, n) =>
      value instanceof Event ? !isInSilence(at, n) : !Array.isArray(value) || value.length > 0,
    )
    .map(({ at, value }) => ({ at: value instanceof Event || at < HOUR ? at : "later", value }));
}

const before = steps.map((all) =>
  all.map((one, at) => (at < all.length - 1 ? { ...one, state: one.state === "ok" ? "ok" : "bad" } : one)),
);

/** They look for idle keys every second or oftener, half a million times a week. */
const SWEEPS_OFTEN = /\bttl: \d\b/;

describe("under by an hour, a day, a week of silence change nothing of what comes out", () => {
  let turn = 0;
  for (const [name, make] of share([...USES], 1, 2))
    test(name, () => {
      const [alone, each] = [make(), [s.by("host", make() as Stages)]];
      const silences = SWEEPS_OFTEN.test(name) && !isLong ? [3 * HOUR] : share([DAY, WEEK], 2, turn++);
      fc.assert(
        fc.property(before, steps, (before, then) => {
          assert.deepEqual(played(each, before, HOUR, then), played(alone, before, HOUR, then));
          for (const silence of silences)
            assert.deepEqual(
              asFarAsKept(played(each, before, silence, then)),
              asFarAsKept(played(alone, before, silence, then)),
            );
        }),
        { numRuns: rounds(1) },
      );
    });
});

/** Stages that remember for a day, where most of the others are done after a minute. */
const LONG: readonly (() => readonly Stage<never, unknown>[])[] = [
  () => [s.apdex(DAY, { satisfied: (e) => e.state === "ok", tolerated: () => true })],
  () => [s.batch(9, DAY)],
  () => [s.by("service", [s.throttle(1, DAY)])],
  () => [s.clockSkew({ ttl: DAY })],
  () => [s.ddt(DAY)],
  () => [s.fillIn(DAY, { service: "filler" })],
  () => [s.fillInLast(DAY, { metric: 0 })],
  () => [s.fixedTimeWindow(DAY), s.combine(folds.sum)],
  () => [s.foldInterval(DAY, folds.sum)],
  () => [s.interpolateConstant(60, { idle: DAY })],
  () => [s.movingTimeWindow(DAY)],
  () => [s.percentiles(DAY, [0.5])],
  () => [s.rate(60, { idle: DAY })],
  () => [s.rollup(1, DAY)],
  () => [s.sort(DAY, "metric")],
  () => [s.throttle(1, DAY)],
  () => [s.top(1, "metric", [], { ttl: DAY })],
];

test("under by a stage that remembers for a day is as without, after a silence of a day and a half", () => {
  for (const make of share(LONG, 1, 0))
    fc.assert(
      fc.property(before, steps, (first, then) => {
        const silence = 1.5 * DAY;
        assert.deepEqual(
          played([s.by("host", make() as Stages)], first, silence, then),
          played(make(), first, silence, then),
          nameOf(make),
        );
      }),
      { numRuns: rounds(2) },
    );
});

test("every stage of the catalogue says how long it remembers", () => {
  const stages: readonly Stage<never, unknown>[] = [
    ...[...USES.values()].flatMap((make) => make()),
    stdout(),
    email("ops@example.com"),
    sink("mine", () => ({ write: async () => {} })),
  ];
  const silent = stages.filter(({ memory }) => memory === null);
  assert.deepEqual(
    silent.map(({ name }) => name),
    [],
  );
});
