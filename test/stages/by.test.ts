import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import { by, changed, fillIn, filter, rate, runs, sreduce, stable, throttle, where } from "../../src/stages/index.ts";
import { at, perform, run, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const total = () => sreduce((acc, e) => e.with({ metric: (acc.metric ?? 0) + (e.metric ?? 0) }));
const text = (events: readonly Event[]) => events.map((e) => `${e.host}/${e.service} ${e.metric}`);
const one = (host: string | null, metric: number, service: string | null = null) => ({ host, service, metric });

test("gives each key stages of its own", () => {
  const out = run([by("host", [total()])], [one("a", 1), one("b", 10), one("a", 2), one("b", 20), one("a", 3)]);
  assert.deepEqual(text(out), ["a/null 3", "b/null 30", "a/null 6"]);
});

test("takes several fields, which it keeps apart, and functions", () => {
  const events = [one("a", 1, "bc"), one("ab", 2, "c"), one("a", 4, "bc")];
  assert.deepEqual(text(run([by(["host", "service"], [total()])], events)), ["a/bc 5"]);
  assert.deepEqual(text(run([by((e) => (e.metric ?? 0) > 1, [total()])], events)), ["a/bc 6"]);
  assert.deepEqual(text(run([by(["host", "service", (e) => e.attributes.zone], [total()])], events)), ["a/bc 5"]);
});

test("takes a list of one field for that field", () => {
  const events = [one("a", 1), one("b", 10), one("a", 2)];
  assert.deepEqual(run([by(["host"], [total()])], events), run([by("host", [total()])], events));
});

test("takes null for a key, and a missing attribute for null", () => {
  assert.equal(run([by("host", [total()])], [one(null, 1), one("null", 1), one(null, 1)]).length, 1);
  assert.equal(
    run(
      [by((e) => e.attributes.zone, [total()])],
      [{ metric: 1 }, { metric: 1, attributes: { zone: "a" } }, { metric: 1 }],
    ).length,
    1,
  );
});

test("can stand in itself", () => {
  const events = [one("a", 1, "x"), one("a", 2, "y"), one("b", 4, "x"), one("a", 8, "x")];
  assert.deepEqual(text(run([by("host", [by("service", [total()])])], events)), ["a/x 9"]);
});

test("equals running each key alone", () => {
  const stages = () => [stable(2, "state"), changed("state"), rate(3)];
  const hosts = [null, "a", "b", "c"];
  const step = fc.record({
    host: fc.constantFrom(...hosts),
    state: fc.constantFrom("ok", "bad", "expired"),
    second: fc.integer({ min: 0, max: 20 }),
    metric: fc.integer({ min: 0, max: 5 }),
  });
  // A last event of another kind lets each run end at the same time.
  const end = at(200, { state: "expired", host: "end" });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: "max" }), (given) => {
      const steps = given.toSorted((a, b) => a.second - b.second).map(({ second, ...fields }) => at(second, fields));
      const together = run([by("host", stages())], [...steps, end]);
      for (const host of hosts) {
        const alone = run([filter((e) => e.host === host), ...stages()], [...steps, end]);
        assert.deepEqual(
          together.filter((e) => e.host === host),
          alone,
        );
      }
    }),
    { numRuns: rounds(20) },
  );
});

test("evicts the longest idle key beyond max, after giving out what its stages hold, and says so once", () => {
  const stages = [by("host", [rate(5)], { max: 2 })];
  const steps = [one("a", 5), one("b", 5), one("a", 5), one("c", 5), one("d", 5)];
  assert.deepEqual(text(run(stages, steps)), ["b/null 1", "a/null 2"]);
  const warnings = perform(stages, steps).log.filter((line) => line.level === "warn");
  assert.deepEqual(
    warnings.map((line) => line.message),
    ["too many keys: the longest idle make room for new ones"],
  );
});

test("begins anew with a key that was evicted", () => {
  assert.deepEqual(
    text(run([by("host", [total()], { max: 1 })], [one("a", 1), one("b", 1), one("a", 1), one("a", 1)])),
    ["a/null 2"],
  );
});

/** Passes the second event and all later ones; does not say how long it remembers. */
const second = () =>
  stage("second", ({ emit }) => {
    let seen = 0;
    return (event) => {
      if (++seen > 1) emit(event);
    };
  });

test("evicts a key idle for ttl, or for its event's ttl when that is longer", () => {
  const stages = [by("host", [second()], { ttl: 80 })];
  assert.equal(run(stages, [one("a", 1), wait(79), one("a", 1)]).length, 1);
  assert.equal(run(stages, [one("a", 1), wait(91), one("a", 1)]).length, 0);
  const lasting = { ...one("a", 1), ttl: 200 };
  assert.equal(run(stages, [lasting, wait(199), lasting]).length, 1);
  assert.equal(run(stages, [lasting, wait(211), lasting]).length, 0);
});

test("keeps an idle key for twice as long as its stages remember, however short its ttl", () => {
  const daily = [one("a", 1), wait(86_399), one("a", 2), wait(1), one("a", 3)];
  assert.deepEqual(text(run([by("host", [throttle(1, 86_400)], { ttl: 60 })], daily)), ["a/null 1", "a/null 3"]);
  const { values, timersLeft } = perform([by("host", [fillIn(7200, { service: "none" })])], [one("a", 1), wait(1e6)]);
  assert.deepEqual(
    values.map(({ at }) => at),
    [0, 7200, 14_400],
  );
  assert.equal(timersLeft, 0);
});

test("keeps an idle key as long as one of its stages holds a state unlike its first", () => {
  const waits = (first: string, ...stages: readonly Stage[]) =>
    perform([by("host", stages, { ttl: 80 })], [{ ...one("a", 1), state: first }, wait(1e6)]).ledger.stages[0]?.evicted
      .idle;
  assert.deepEqual(
    [waits("ok", changed("state", { init: "ok" })), waits("bad", changed("state", { init: "ok" }))],
    [1, 0],
  );
  const inside = by("service", [where((e) => e.host === "a", [changed("state", { init: "ok" })])]);
  assert.deepEqual([waits("ok", inside), waits("bad", inside)], [1, 0]);
});

test("warns of a ttl that its stages contradict", () => {
  const warned = (stages: readonly Stage[], ttl?: number) =>
    by("host", stages, ttl === undefined ? {} : { ttl }).warnings;
  assert.deepEqual(warned([throttle(1, 86_400)], 3600), [
    "by(ttl): 3600 s is less than twice the 86400 s that throttle remembers: idle keys are kept for 172800 s",
  ]);
  assert.deepEqual(warned([rate(5), runs(2, "state"), changed("state")], 9999), [
    "by(ttl): does not end a state of runs, changed: idle keys that hold one are kept up to max",
  ]);
  assert.deepEqual(
    [warned([throttle(1, 86_400)]), warned([throttle(1, 60)], 120), warned([runs(2, "state")])],
    [[], [], []],
  );
});

test("ends the timers of a key with it", () => {
  assert.equal(perform([by("host", [rate(5)], { max: 1 })], [one("a", 1), one("b", 1)]).timersLeft, 0);
  assert.deepEqual(text(run([by("host", [rate(5, { idle: 0 })], { max: 1 })], [one("a", 5), one("b", 5), wait(100)])), [
    "a/null 1",
    "b/null 1",
  ]);
});

test("says so when a function gives an object as key, which would be a new key at each event", () => {
  // @ts-expect-error an object
  const stages = [by((e) => ({ host: e.host }), [total()])];
  assert.throws(
    () => run(stages, [one("a", 1)]),
    /by\(key\): the function must give a string, number, boolean or null, got \{"host":"a"\}/,
  );
});

test("refuses a key that is none, stages that are none, and wrong options", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => by("hst", []), {
    code: "FTS_STAGE_OPTION",
    message: /^by\(key\): must be one of host, .* got "hst" \(a string\)$/,
  });
  assert.throws(() => by([], []), {
    code: "FTS_STAGE_OPTION",
    message: "by(key): must name at least one field or attribute, got an empty list",
  });
  // @ts-expect-error no parentheses
  assert.throws(() => by("host", [total]), {
    code: "FTS_NOT_A_STAGE",
    message: /^by\(stages\): element 0 is the function total/,
  });
  // @ts-expect-error a typing slip
  assert.throws(() => by("host", [], { maxKeys: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "maxKeys"; it takes max, ttl$/,
  });
  assert.throws(() => by("host", [], { max: 0 }), { message: "by(max): must be a whole number >= 1, got 0" });
});
