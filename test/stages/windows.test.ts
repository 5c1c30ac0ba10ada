import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event } from "../../src/core/event.ts";
import type { DropReason, Stage } from "../../src/core/stage.ts";
import * as folds from "../../src/folds/index.ts";
import type { AlignOptions } from "../../src/kit/clock-windows.ts";
import {
  apdex,
  batch,
  by,
  coalesce,
  ddt,
  fixedEventWindow,
  fixedOffsetTimeWindow,
  fixedTimeWindow,
  foldInterval,
  histogram,
  interpolateConstant,
  movingTimeWindow,
  percentiles,
  rate,
  rollup,
  sort,
  throttle,
} from "../../src/stages/index.ts";
import { at, perform, type Step, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

type Window = Stage<Event, readonly Event[]>;

/** Those that give each event once. */
const PARTITIONS: Readonly<Record<string, Stage<Event, Event> | Window>> = {
  "batch(3, 4)": batch(3, 4),
  'batch(3, 4, { align: "clock" })': batch(3, 4, { align: "clock" }),
  "rollup(2, 4)": rollup(2, 4),
  "rollup(1, 4, { max: 2 })": rollup(1, 4, { max: 2 }),
  "fixedEventWindow(3)": fixedEventWindow(3),
  "fixedTimeWindow(4)": fixedTimeWindow(4),
  "fixedTimeWindow(4, { grace: 3, max: 5 })": fixedTimeWindow(4, { grace: 3, max: 5 }),
  'fixedTimeWindow(0.1, { flush: "clock" })': fixedTimeWindow(0.1, { flush: "clock" }),
  'fixedTimeWindow(4, { grace: 9, flush: "clock", maxEmpty: 0 })': fixedTimeWindow(4, {
    grace: 9,
    flush: "clock",
    maxEmpty: 0,
  }),
  "fixedOffsetTimeWindow(4, { grace: 1 })": fixedOffsetTimeWindow(4, { grace: 1 }),
  'fixedOffsetTimeWindow(4, { flush: "clock" })': fixedOffsetTimeWindow(4, { flush: "clock" }),
  "foldInterval(4, (events) => events)": foldInterval(4, (events) => events),
  "foldInterval(4, (events) => events, { max: 3 })": foldInterval(4, (events) => events, { max: 3 }),
  'sort(4, "metric", { grace: 2 })': sort(4, "metric", { grace: 2 }),
};

/** An event that comes so long after the one before, that much older or younger than the clock. */
const arrival = fc.record({
  gap: fc.constantFrom(0, 0, 0, 0.1, 0.3, 1, 2, 4, 11),
  age: fc.constantFrom(0, 0, 0, 0.1, 1, 3, 4, 9, -1, -5),
});
const arrivals = fc.array(arrival, { maxLength: 30, size: "max" });

/** The arrivals as steps; their place in the list is their metric. */
function stepsOf(list: readonly { readonly gap: number; readonly age: number }[]): Step[] {
  let now = 0;
  return list.map(({ gap, age }, metric) => {
    now = tenths(now + gap);
    return at(now, { host: "a", metric, time: tenths(now - age) });
  });
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

function dropsOf(dropped: Readonly<Record<DropReason, number>> | undefined): number {
  return dropped === undefined ? 0 : dropped.late + dropped.overflow;
}

describe("windows that give each event once", () => {
  for (const [name, window] of Object.entries(PARTITIONS)) {
    test(`${name} neither loses nor doubles an event, and gives out what is left`, () => {
      fc.assert(
        fc.property(arrivals, (list) => {
          // Its key makes room for another: what is held is given out.
          const steps = [...stepsOf(list), { host: "b" }];
          const { values, ledger } = perform([by("host", [window as Stage], { max: 1 })], steps);
          const given = values.flatMap(({ value }) => metricsIn(value));
          assert.equal(new Set(given).size, given.length, "an event was given twice");
          assert.equal(given.length + dropsOf(ledger.stages[1]?.dropped), list.length);
        }),
        { numRuns: rounds(10) },
      );
    });
  }
});

describe("time windows", () => {
  const inWindow = (name: string, window: Window, index: (time: number, first: number) => number): void => {
    test(`${name} gives each event in its own window, and the windows in their order`, () => {
      fc.assert(
        fc.property(arrivals, (list) => {
          const { values } = perform([window], [...stepsOf(list), wait(99)]);
          const first = list[0] === undefined ? 0 : list[0].gap - list[0].age;
          const windows = values.map(({ value }) => new Set(timesIn(value).map((time) => index(time, first))));
          assert.ok(windows.every((indices) => indices.size <= 1));
          const order = windows.flatMap((indices) => [...indices]);
          assert.deepEqual(
            order,
            [...new Set(order)].sort((a, b) => a - b),
          );
        }),
        { numRuns: rounds(10) },
      );
    });
  };
  inWindow("fixedTimeWindow", fixedTimeWindow(4, { grace: 3, flush: "clock" }), (time, first) =>
    Math.floor(tenths(time - first) / 4),
  );
  inWindow("fixedOffsetTimeWindow", fixedOffsetTimeWindow(4, { grace: 3 }), (time) => Math.floor(time / 4));

  test("movingTimeWindow gives exactly the events that came and are within its seconds of the latest", () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const { values, ledger } = perform([movingTimeWindow(4)], stepsOf(list));
        assert.equal(values.length + dropsOf(ledger.stages[0]?.dropped), list.length);
        const came: number[] = [];
        let latest = Number.NEGATIVE_INFINITY;
        for (const { value } of values) {
          const times = timesIn(value);
          came.push(times.at(-1) ?? Number.NaN);
          latest = Math.max(latest, came.at(-1) ?? Number.NaN);
          assert.deepEqual(
            times,
            came.filter((time) => time > tenths(latest - 4)),
          );
        }
      }),
      { numRuns: rounds(10) },
    );
  });
});

describe("aligned to the clock", () => {
  const satisfied = (): boolean => true;
  const makers: Readonly<Record<string, (options: AlignOptions) => Stage<Event, unknown>>> = {
    apdex: (options) => apdex(4, { satisfied, tolerated: satisfied, ...options }),
    batch: (options) => batch(3, 4, options),
    coalesce: (options) => coalesce(4, options),
    ddt: (options) => ddt(4, options),
    foldInterval: (options) => foldInterval(4, folds.count, options),
    histogram: (options) => histogram(4, options),
    interpolateConstant: (options) => interpolateConstant(4, options),
    percentiles: (options) => percentiles(4, [0.5], options),
    rate: (options) => rate(4, options),
    rollup: (options) => rollup(1, 4, options),
    throttle: (options) => throttle(2, 4, options),
  };
  const isMultiple = (second: number): boolean => Math.abs(second / 4 - Math.round(second / 4)) < 1e-9;

  for (const [name, make] of Object.entries(makers))
    test(`${name} gives out at multiples of its interval, or with an event, and knows no other alignment`, () => {
      fc.assert(
        fc.property(arrivals, (list) => {
          const steps = stepsOf(list);
          const cameAt = new Set(steps.map((step) => ("at" in step ? step.at : null)));
          // Under by a stage starts with its first event, which is not at a multiple.
          const { values } = perform([by("host", [make({ align: "clock" }) as Stage])], [...steps, wait(20)]);
          assert.deepEqual(
            values.filter(({ at }) => !cameAt.has(at) && !isMultiple(at)),
            [],
          );
        }),
        { numRuns: rounds(8) },
      );
      // @ts-expect-error there is one alignment
      assert.throws(() => make({ align: "day" }), {
        code: "FTS_STAGE_OPTION",
        message: `${name}(align): must be "clock", or left out, got "day" (a string)`,
      });
    });

  test("throttle passes n in each window between two multiples", () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const windowOf = (second: number) => Math.floor(second / 4);
        const came = stepsOf(list).map((step) => windowOf("at" in step ? step.at : 0));
        const { values } = perform([by("host", [throttle(2, 4, { align: "clock" })])], stepsOf(list));
        const passed = values.map(({ at }) => windowOf(at));
        assert.deepEqual(
          passed,
          came.filter((window, n) => came[n - 2] !== window),
        );
      }),
      { numRuns: rounds(8) },
    );
  });
});

describe("windows of fractions of a second", () => {
  // Hundredths, whole ones: doubles of them are neither sums nor multiples of one another.
  const moments = fc
    .array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40, size: "max" })
    .map((list) => list.toSorted((a, b) => a - b));
  const lengths = fc.constantFrom(3, 7, 10, 20, 30, 70);
  const first = (events: readonly Event[]) => events[0]?.with({ metric: events.length });
  const makers: Readonly<Record<string, (seconds: number) => Stage<Event, unknown>>> = {
    "fixedOffsetTimeWindow, by the events' times": (seconds) => fixedOffsetTimeWindow(seconds, { maxEmpty: 0 }),
    "fixedOffsetTimeWindow, by the clock": (seconds) => fixedOffsetTimeWindow(seconds, { maxEmpty: 0, flush: "clock" }),
    "sort, by the clock": (seconds) => sort(seconds, "time", { flush: "clock" }),
    "foldInterval, aligned": (seconds) => foldInterval(seconds, first, { align: "clock" }),
    "rate, aligned": (seconds) => rate(seconds, { align: "clock", idle: 0 }),
    "batch, aligned": (seconds) => batch(1000, seconds, { align: "clock" }),
    "rollup, aligned": (seconds) => rollup(0, seconds, { align: "clock" }),
  };
  for (const [name, make] of Object.entries(makers))
    test(`${name}: an event is in the window that whole hundredths say`, () => {
      fc.assert(
        fc.property(moments, lengths, (hundredths, length) => {
          const anchor = name.startsWith("sort") ? (hundredths[0] ?? 0) : 0;
          const expected = new Map<number, number>();
          for (const time of hundredths) {
            const window = Math.floor((time - anchor) / length);
            expected.set(window, (expected.get(window) ?? 0) + 1);
          }
          const steps = hundredths.map((time) => at(time / 100, { metric: 1 }));
          const { values } = perform([make(length / 100) as Stage], [...steps, wait(2), at(99, {})]);
          const counts = values
            .map(({ value }) => (Array.isArray(value) ? value.length : ((value as Event).metric ?? 0)))
            .map((count) => (name.startsWith("rate") ? Math.round((count * length) / 100) : count));
          assert.deepEqual(counts.slice(0, expected.size), [...expected.values()]);
        }),
        { numRuns: rounds(12) },
      );
    });

  test("throttle, aligned: n in each window of whole hundredths", () => {
    fc.assert(
      fc.property(moments, lengths, (hundredths, length) => {
        const steps = hundredths.map((time) => at(time / 100, { metric: time }));
        const passed = perform([throttle(1, length / 100, { align: "clock" })], steps).values;
        const windows = hundredths.map((time) => Math.floor(time / length));
        assert.deepEqual(
          passed.map(({ value }) => (value as Event).metric),
          hundredths.filter((_, n) => windows[n] !== windows[n - 1]),
        );
      }),
    );
  });

  test("movingTimeWindow holds what came within whole hundredths of the latest", () => {
    fc.assert(
      fc.property(moments, lengths, (hundredths, length) => {
        const steps = hundredths.map((time) => at(time / 100, { metric: time }));
        const { values } = perform([movingTimeWindow(length / 100)], steps);
        assert.deepEqual(
          values.map(({ value }) => metricsIn(value)),
          hundredths.map((latest, n) => hundredths.slice(0, n + 1).filter((time) => time > latest - length)),
        );
      }),
    );
  });
});

function eventsIn(value: unknown): readonly Event[] {
  if (value instanceof Event) return [value];
  assert.ok(Array.isArray(value));
  return value;
}

function metricsIn(value: unknown): (number | null)[] {
  return eventsIn(value).flatMap(({ host, metric }) => (host === "b" ? [] : [metric]));
}

function timesIn(value: unknown): number[] {
  return eventsIn(value).map((one) => one.time);
}
