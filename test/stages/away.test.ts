import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, type EventFields, event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import * as s from "../../src/stages/index.ts";
import { StepClock } from "../core/step-clock.ts";
import { type Trial, trial } from "./trial.ts";

/** How long nothing runs. */
const AWAY = 8 * 3600;

/** Stages that got these events at second 0, and, `until` seconds of service later, go on after a night in which nothing ran. */
function afterNight(stages: AnyStages, events: readonly EventFields[], until: number): Trial {
  const before = trial(stages, new StepClock());
  before.offer(events.map((fields) => event({ time: 0, ...fields })));
  before.advanceTo(until);
  const saved = before.save();
  before.end();
  const clock = new StepClock(until);
  clock.offset = AWAY;
  return trial(stages, clock, saved);
}

/** When something came out, in seconds of service, and its time by the wall clock. */
const times = ({ out }: Trial): readonly (readonly [number, number])[] =>
  out.map(({ at, value }) => [at, (value as { time: number }).time]);

test("a window that ended meanwhile closes once, with its own end, and those after it are those of now", () => {
  const run = afterNight([s.rate(5)], [{ metric: 10 }], 2);
  run.advanceTo(14);
  assert.deepEqual(times(run), [
    [2, 5],
    [5, AWAY + 5],
    [10, AWAY + 10],
  ]);
});

test("silence is only that in which the daemon ran", () => {
  const run = afterNight([s.fillIn(12, { service: "filler" })], [{}], 10);
  run.advanceTo(25);
  assert.deepEqual(times(run), [
    [12, AWAY + 12],
    [24, AWAY + 24],
  ]);
});

test("a throttle goes by the wall clock", () => {
  const run = afterNight([s.throttle(1, 3600)], [{}, {}], 10);
  run.offer([event({ time: AWAY + 10 }), event({ time: AWAY + 10 })]);
  assert.equal(run.out.length, 1);
});

test("windows by the clock that ended meanwhile are emitted at once", () => {
  const run = afterNight([s.fixedTimeWindow(60, { flush: "clock", maxEmpty: 0 })], [{ metric: 1 }], 10);
  run.advanceTo(10);
  assert.deepEqual(
    run.out.map(({ at, value }) => [at, (value as unknown[]).length]),
    [[10, 1]],
  );
});

const HOSTS = 10_000;
const hosts = Array.from({ length: HOSTS }, (_, n): EventFields => ({ host: `host ${n}`, metric: n, ttl: 60 }));

test("of 10,000 hosts in the index none expires before its ttl is over in service, then all do", () => {
  const run = afterNight([s.index({ interval: 10 })], hosts, 10);
  assert.equal(run.indexed(), HOSTS);
  run.advanceTo(59);
  assert.equal(run.indexed(), HOSTS);
  run.advanceTo(80);
  assert.equal(run.indexed(), 0);
});

test("idle keys are kept as long as if the daemon had run on", () => {
  const run = afterNight([s.by("host", [s.ewma(1)], { ttl: 3600 })], hosts.slice(0, 10), 10);
  const forgotten = (): number | undefined => run.report().stages[0]?.evicted.idle;
  run.advanceTo(3600);
  assert.equal(forgotten(), 0);
  run.advanceTo(4500);
  assert.equal(forgotten(), 10);
});

test("what coalesce holds is as old as if the daemon had run on", () => {
  const run = afterNight([s.coalesce(10)], hosts.slice(0, 3), 30);
  run.advanceTo(85);
  // The list of 70 s is the last that has them: they expired at 60.
  assert.deepEqual(
    run.out.map(({ at, value }) => [at, (value as readonly unknown[]).length]),
    [30, 40, 50, 60, 70].map((at) => [at, 3]),
  );
});

test("what project holds is as old as if the daemon had run on", () => {
  const both = s.project([(e) => e.host === "host 7", (e) => e.host === "other"]);
  for (const [second, state] of [
    [50, null],
    [70, "expired"],
  ] as const) {
    const run = afterNight([both], hosts.slice(7, 8), 30);
    run.advanceTo(second);
    run.offer([event({ host: "other", time: second + AWAY })]);
    const [held] = (run.out.at(-1)?.value ?? []) as readonly { state: string | null }[];
    assert.equal(held?.state, state);
  }
});

test("an alert has to be ok for as long as if nothing had been away, and is repeated by the wall clock", () => {
  const disk = { host: "a", service: "disk" };
  const phases = (run: Trial) => run.out.map(({ at, value }) => [at, (value as Event).attributes["alert phase"]]);
  const hold = [s.alert([], { hold: 300 })];
  const held = afterNight(
    hold,
    [
      { ...disk, state: "critical" },
      { ...disk, state: "ok" },
    ],
    100,
  );
  held.advanceTo(400);
  assert.deepEqual(phases(held), [[300, "resolve"]]);
  const overdue = afterNight([s.alert([])], [{ ...disk, state: "critical" }], 100);
  overdue.advanceTo(200);
  assert.deepEqual(phases(overdue), [[160, "repeat"]], "after a minute, in which it may be over");
  const later = afterNight([s.alert([], { repeat: AWAY + 1000 })], [{ ...disk, state: "critical" }], 100);
  later.advanceTo(2000);
  assert.deepEqual(phases(later), [[1000, "repeat"]]);
});
