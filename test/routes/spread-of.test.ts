import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event, event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { sink } from "../../src/delivery/sink.ts";
import * as folds from "../../src/folds/index.ts";
import { spreadOf } from "../../src/routes/spread-of.ts";
import { graphite, pagerduty, stdout } from "../../src/sinks/index.ts";
import * as s from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { trial } from "../stages/trial.ts";
import { USES } from "../stages/uses.ts";

const opaque = () => stage("mine", ({ emit }) => emit);
const indexReader = () =>
  stage("mine", ({ emit }) => emit, { memory: 0, changes: [], edge: { kind: "index", name: "index" } });
const KEY = '; if it does not, say so with { key: "host" }';
const INSTEAD = ": write that instead";
const APART = "keeps state for all events";

/** Stages, and where they run: a by and the reason. */
const CASES: readonly (readonly [stages: AnyStages, by: string, why: string])[] = [
  [[s.filter((e) => e.metric !== null), stdout()], "host", "it keeps no state"],
  [[s.by("host", [s.rate(5)])], "host", "by#0 keeps state for each host"],
  [[s.by(["host", "service"], [s.rate(5)]), graphite("g:2003")], "host", "by#0 keeps state for each host and service"],
  [[s.by("service", [s.percentiles(5, [0.5])])], "service", "by#0 keeps state for each service"],
  [
    [s.by("service", [s.rate(5)]), s.by(["host", "service"], [s.rate(5)])],
    "service",
    "by#0 keeps state for each service",
  ],
  [[s.changedState(), s.throttle(1, 60)], "all", `throttle#1 ${APART}`],
  [
    [s.changedState(), s.by("host", [s.throttle(1, 60)])],
    "host",
    "changedState#0 keeps state for each host and service",
  ],
  [[s.rate(5)], "all", `rate#0 ${APART}`],
  [[opaque(), stdout()], "all", `mine#0 ${APART}`],
  [[s.by("host", [opaque()])], "host", "by#0 keeps state for each host"],
  [
    [s.by((e) => e.host, [s.rate(5)])],
    "all",
    `by#0 keeps state for each value of a function, which gives "host"${INSTEAD}`,
  ],
  [
    [s.by([(e) => e.state, (event) => event.service ?? null], [s.rate(5)])],
    "all",
    `by#0 keeps state for each value of a function, which gives "service"${INSTEAD}`,
  ],
  [
    [s.by((e) => e.host?.slice(1), [s.rate(5)])],
    "all",
    'by#0 keeps state for each value of a function; if no two hosts have one, add "host" to its key',
  ],
  [[s.by([(e) => e.host, "service"], [s.rate(5)])], "service", "by#0 keeps state for each service"],
  [
    [s.by("attributes.zone", [s.rate(5)])],
    "all",
    "by#0 keeps state for each attributes.zone, and not for each host or service",
  ],
  [
    [s.by("host", [s.rate(5)]), s.by("service", [s.rate(5)])],
    "all",
    "by#0 keeps state for each host, and by#1 for each service",
  ],
  [
    [s.map((e) => e), s.by("host", [s.rate(5)])],
    "all",
    `map#0 may change host, by which by#1 keeps its state apart${KEY}`,
  ],
  [
    [s.set({ host: "x" }), s.by(["host", "service"], [s.rate(5)])],
    "service",
    "by#1 keeps state for each host and service",
  ],
  [
    [s.set({ state: "x" }), s.tag("t"), s.scale(2), s.by("host", [s.rate(5)])],
    "host",
    "by#3 keeps state for each host",
  ],
  [
    [s.rename({ "attributes.h": "host" }), s.by("host", [s.rate(5)])],
    "all",
    "rename#0 may change host, by which by#1 keeps its state apart",
  ],
  [
    [s.where((e) => e.metric !== null, [s.by("host", [s.rate(5)])], [s.by("host", [s.ewma(5)])])],
    "host",
    "where#0/then/by#0 keeps state for each host",
  ],
  [
    [s.where((e) => e.metric !== null, [s.set({ host: "x" })]), s.by("host", [s.rate(5)])],
    "all",
    "where#0/set#0 may change host, by which by#1 keeps its state apart",
  ],
  [[s.tee([s.by("host", [s.rate(5)])], [s.counter()])], "all", `tee#0/1/counter#0 ${APART}`],
  [[s.parallel(2, [s.rate(5)], { key: "host" })], "all", `parallel#0/rate#0 ${APART}`],
  [[s.parallel(2, [s.map((e) => e)])], "host", "it keeps no state"],
  [[s.parallel(2, [s.by("host", [s.rate(5)])])], "all", `parallel#0 ${APART}`],
  [[s.by("host", [s.parallel(2, [s.rate(5)])])], "host", "by#0 keeps state for each host"],
  [
    [s.parallel(2, [s.by("host", [s.rate(5)])], { key: "service" })],
    "host",
    "parallel#0/by#0 keeps state for each host",
  ],
  [[s.index(), s.deleteFromIndex()], "host", "index#0 keeps state for each host and service"],
  [[s.deleteFromIndex("service")], "service", "deleteFromIndex#0 keeps state for each service"],
  [[s.by("host", [s.rate(5), s.index()])], "host", "by#0 keeps state for each host"],
  [
    [s.by("host", [s.set({ host: "all" }), s.index()])],
    "all",
    "by#0 keeps state for each host, and by#0/index#1 for each service",
  ],
  [
    [s.by("host", [s.map((e) => e), s.index()])],
    "all",
    `by#0/map#0 may change host and service, by which by#0/index#1 keeps its state apart${KEY}`,
  ],
  [
    [s.by("host", [s.deleteFromIndex("service")])],
    "all",
    "by#0 keeps state for each host, and by#0/deleteFromIndex#0 for each service",
  ],
  [[indexReader()], "all", "mine#0 may use all of the index"],
  [[s.by("host", [indexReader()])], "all", "by#0/mine#0 may use all of the index"],
  [[s.tag("t"), s.reinject()], "host", "reinject#1 keeps order for each host and service"],
  [[s.by("service", [s.rate(5)]), s.reinject()], "service", "by#0 keeps state for each service"],
  [
    [s.by("host", [s.map((e) => e), s.reinject()])],
    "all",
    `by#0/map#0 may change host and service, by which by#0/reinject#1 keeps order${KEY}`,
  ],
  [[pagerduty("k")], "host", "pagerduty#0 keeps state for each host and service"],
  [[s.set({ host: null }), pagerduty("k")], "service", "pagerduty#1 keeps state for each host and service"],
  [
    [s.by("host", [s.map((e) => e), pagerduty("k")])],
    "all",
    `by#0/map#0 may change host and service, by which by#0/pagerduty#1 keeps its state apart${KEY}`,
  ],
  [[s.by("host", [pagerduty("k", { deadLetters: [s.rate(5)] })])], "host", "by#0 keeps state for each host"],
  [[pagerduty("k", { deadLetters: [s.rate(5)] })], "all", `pagerduty#0/rate#0 ${APART}`],
  [[s.by("host", [s.publish("c")])], "host", "by#0 keeps state for each host"],
  [[s.subscribe("c"), s.by("service", [s.rate(5)])], "service", "by#1 keeps state for each service"],
  [[s.alert([stdout()])], "all", "alert#0 keeps open alerts, which are in one worker"],
  [[s.by("host", [s.alert([stdout()])])], "all", "by#0/alert#0 keeps open alerts, which are in one worker"],
  [[sink("mine", () => ({ write: async () => {} }))], "all", "mine#0 is a sink of your own, with one writer"],
  [
    [s.by("host", [s.fixedTimeWindow(5), s.combine(folds.sum)]), s.by("host", [s.rate(5)])],
    "all",
    `by#0/combine#1 may change host, by which by#1 keeps its state apart${KEY}`,
  ],
  [[], "host", "it keeps no state"],
];

for (const [stages, by, why] of CASES)
  test(`${stages.map(({ name }) => name).join(", ")}: ${by}, ${why}`, () => {
    assert.deepEqual(spreadOf(stages), { by, why });
  });

test("a reason that names a key is over once that is given, unless there is another one", () => {
  const named = CASES.filter(([, , why]) => why.endsWith(KEY));
  assert.ok(named.length > 3);
  for (const [stages, , why] of named) assert.notEqual(spreadOf(stages, { key: "host" }).why, why);
  const byState = [s.map((e) => e), s.by("state", [s.rate(5)])];
  assert.equal(spreadOf(byState).why, "by#1 keeps state for each state, and not for each host or service");
  const set = [s.set({ host: "x" }), s.map((e) => e), s.by(["host", "service"], [s.rate(5)])];
  assert.equal(
    spreadOf(set).why,
    'map#1 may change host and service, by which by#2 keeps its state apart; if it does not, say so with { key: "service" }',
  );
});

test("a user vouches for a field that no stage changes", () => {
  const stages = [s.map((e) => e), s.by("host", [s.rate(5)])];
  assert.equal(spreadOf(stages, { key: "host" }).by, "host");
  assert.equal(spreadOf([s.map((e) => e), s.rate(5)], { key: ["host"] }).by, "all");
});

test("a pipeline that is not to be spread is not", () => {
  assert.deepEqual(spreadOf([s.tag("x")], { spread: false }), { by: "all", why: "its option spread says so" });
});

test("a user does not vouch for what a stage says it changes", () => {
  for (const change of [s.set({ host: "x" }), s.rename({ service: "host" }), s.defaults({ host: "x" })])
    assert.deepEqual(spreadOf([change, s.by("host", [s.rate(5)])], { key: "host" }), {
      by: "all",
      why: `${change.name}#0 may change host, by which by#1 keeps its state apart`,
    });
});

test("a pipeline is spread by the partition key where its keys have that", () => {
  const KEY = "attributes.customer";
  const of = (stages: AnyStages, key?: typeof KEY): string => {
    const { by, why } = spreadOf(stages, key && { key }, KEY);
    return `${by}: ${why}`;
  };
  const counted = s.by(KEY, [s.counter()]);
  assert.equal(of([s.tag("t")]), `${KEY}: it keeps no state`);
  assert.equal(of([counted]), `${KEY}: by#0 keeps state for each ${KEY}`);
  assert.equal(of([s.by(["host", KEY], [s.counter()])]), `${KEY}: by#0 keeps state for each host and ${KEY}`);
  assert.equal(of([s.by("host", [s.counter()])]), "host: by#0 keeps state for each host");
  assert.equal(
    of([s.by("state", [s.counter()])]),
    `all: by#0 keeps state for each state, and not for each ${KEY} or host or service`,
  );
  for (const change of [s.set({ [KEY]: "x" }), s.keep(["host"]), s.omit(["attributes"]), s.omit([KEY])])
    assert.equal(of([change, counted]), `all: ${change.name}#0 may change ${KEY}, by which by#1 keeps its state apart`);
  assert.equal(of([s.set({ "attributes.zone": "x" }), counted]), `${KEY}: by#1 keeps state for each ${KEY}`);
  const changed = [s.map((e) => e), counted];
  assert.match(of(changed), /^all: map#0 may .*; if it does not, say so with \{ key: "attributes.customer" \}$/);
  const given = s.by((e) => e.attributes.customer, [s.counter()]);
  assert.match(of([given]), /^all: by#0 .* a function, which gives "attributes\.customer": write that instead$/);
  assert.equal(of(changed, KEY), `${KEY}: by#1 keeps state for each ${KEY}`);
});

test("what gets all crashes is in one worker, unless it keeps nothing", () => {
  const whyOf = (...onCrash: Stages): string => spreadOf([s.tag("x")], { onCrash }).why;
  assert.equal(whyOf(s.set({ host: "x" }), stdout()), "it keeps no state");
  assert.equal(whyOf(s.throttle(1, 60), stdout()), `onCrash/throttle#0 ${APART}`);
  assert.equal(whyOf(s.where(() => true, [s.throttle(1, 60)])), `onCrash/where#0/throttle#0 ${APART}`);
  assert.equal(whyOf(s.publish("c")), "it keeps no state");
  assert.equal(
    whyOf(sink("mine", () => ({ write: async () => {} }))),
    "onCrash/mine#0 is a sink of your own, with one writer",
  );
  assert.equal(
    whyOf(s.by("host", [s.throttle(1, 60)])),
    "a crash may change host, by which onCrash/by#0 keeps its state apart",
  );
});

const SAME = {
  host: "h",
  service: "s",
  state: "ok",
  description: "d",
  ttl: 60,
  tags: ["t"],
  attributes: { zone: "z" },
};
const FIELDS = Object.keys(SAME) as (keyof typeof SAME)[];
const script = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 0.1, 1, 4, 11, 70),
    metric: fc.constantFrom(null, 0, 1, 2, -3),
    age: fc.constantFrom(0, 0, 1, 9),
  }),
  { maxLength: 15 },
);

describe("what a stage emits has the fields that it does not say it changes", () => {
  for (const [name, make] of USES) {
    const changed = changedBy(make());
    if (changed === null) continue;
    test(name, () => {
      const kept = FIELDS.filter((field) => !changed.has(field));
      fc.assert(
        fc.property(script, (steps) => {
          const run = trial(make());
          for (const { gap, metric, age } of steps) {
            run.advanceTo(run.clock.now() + gap);
            run.offer([event({ ...SAME, metric, time: run.clock.now() - age })]);
          }
          run.advanceTo(run.clock.now() + 100);
          run.end();
          for (const one of run.out.flatMap(({ value }) => eventsIn(value)))
            for (const field of kept) assert.deepEqual(one[field], SAME[field], field);
        }),
        { numRuns: rounds(3) },
      );
    });
  }
});

/** All that these and those inside them say. */
function changedBy(stages: AnyStages): Set<string> | null {
  const changed = new Set<string>();
  for (const { changes, branches } of stages) {
    const inside = Object.values(branches).map(changedBy);
    if (changes === null || inside.includes(null)) return null;
    for (const field of [...changes, ...inside.flatMap((one) => [...(one ?? [])])]) changed.add(field);
  }
  return changed;
}

function eventsIn(value: unknown): readonly Event[] {
  if (value instanceof Event) return [value];
  return Array.isArray(value) ? value.flatMap(eventsIn) : [];
}
