import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import type { Stage } from "../../src/core/stage.ts";
import { type ChangedPair, changed } from "../../src/stages/index.ts";
import { perform, run, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const states = (init: string | null | undefined, ...given: (string | null)[]) =>
  run(
    [init === undefined ? changed("state") : changed("state", { init })],
    given.map((state) => ({ state })),
  ).map((e) => e.state);

test("passes an event when the value differs from the one before", () => {
  assert.deepEqual(states(undefined, "ok", "ok", "bad", "bad", "ok"), ["ok", "bad", "ok"]);
});

test("passes the first event unless its value is init, by default null", () => {
  assert.deepEqual(states(undefined, null, null, "ok"), ["ok"]);
  assert.deepEqual(states("ok", "ok", "bad"), ["bad"]);
  assert.deepEqual(states("ok", null, null, "ok"), [null, "ok"]);
});

test("takes expired for a state as any other", () => {
  assert.deepEqual(states("ok", "ok", "expired", "expired", "ok"), ["expired", "ok"]);
});

test("compares what a function gives, a missing attribute as null", () => {
  const version = (v: string) => ({ attributes: { version: v } });
  const out = run([changed((e) => e.attributes.version)], [{}, version("1"), version("1"), {}, version("2")]);
  assert.deepEqual(
    out.map((e) => e.attributes.version),
    ["1", undefined, "2"],
  );
});

test("does not take a metric that stays NaN for a change", () => {
  assert.equal(run([changed("metric")], [{ metric: Number.NaN }, { metric: Number.NaN }]).length, 1);
});

test("agrees with comparing neighbours", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(null, "a", "b", "c")), (given) => {
      const expected = given.filter((state, at) => state !== (given[at - 1] ?? null));
      assert.deepEqual(states(undefined, ...given), expected);
    }),
    { numRuns: rounds(50) },
  );
});

test("with a key compares each event with the one before of its key", () => {
  const steps = ["a ok", "b ok", "a ok", "b bad", "a bad"].map((one) => {
    const [host, state] = one.split(" ");
    return { host: host ?? null, state: state ?? null };
  });
  const out = run([changed("state", { init: "ok", key: "host" })], steps);
  assert.deepEqual(
    out.map((e) => `${e.host} ${e.state}`),
    ["b bad", "a bad"],
  );
});

test("with a key holds max of them, forgets those that are idle at init, and counts both", () => {
  const stages = [changed("state", { key: "host", max: 2, ttl: 80, init: "ok" })];
  const of = (host: string, state: string) => ({ host, state });
  const steps = [of("a", "bad"), of("b", "ok"), of("c", "ok"), of("a", "bad"), wait(1000), of("a", "bad")];
  const { values, ledger } = perform(stages, steps);
  assert.equal(values.length, 2);
  assert.deepEqual(ledger.stages[0]?.evicted, { full: 2, idle: 1 });
});

test("with pairs and a key the event before is there however long ago it was", () => {
  const stages: [Stage<Event, ChangedPair>] = [changed("state", { key: "host", pairs: true, init: "ok" })];
  const [pair] = run(stages, [{ state: "ok", metric: 1 }, wait(1e6), { state: "bad", metric: 2 }]);
  assert.deepEqual(
    pair?.map((event) => event?.metric),
    [1, 2],
  );
});

test("with pairs gives the event before as well, null when there is none", () => {
  const steps = ["ok", "ok", "bad", "bad", "ok"].map((state, metric) => ({ state, metric }));
  const metrics = (stages: readonly [Stage<Event, ChangedPair>]) =>
    run(stages, steps).map(([before, now]) => [before?.metric ?? null, now.metric]);
  assert.deepEqual(metrics([changed("state", { pairs: true })]), [
    [null, 0],
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(metrics([changed("state", { init: "bad", key: "metric", pairs: true })]), [
    [null, 0],
    [null, 1],
    [null, 4],
  ]);
});

test("says so when a function gives an object, which would always be a change", () => {
  // @ts-expect-error a list
  const stages = [changed((e) => [e.host, e.service])];
  assert.throws(
    () => run(stages, [{}]),
    /changed\(value\): the function must give a string, number, boolean or null, got a list of 2/,
  );
});

test("refuses an unknown field and an unknown option", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => changed("sate"), {
    code: "FTS_STAGE_OPTION",
    message:
      "changed(value): must be one of host, service, state, description, metric, time, ttl, " +
      'attributes.NAME, or a function of the event, got "sate" (a string)',
  });
  // @ts-expect-error a typing slip
  assert.throws(() => changed("state", { int: "ok" }), {
    code: "FTS_STAGE_OPTION",
    message: /no option "int"; did you mean "init"\? it takes init, key, pairs$/,
  });
  assert.throws(() => changed("state", { max: 1 }), { message: /no option "max"; it takes init, key, pairs$/ });
  assert.throws(() => changed("state", { key: "host", max: 0 }), { message: /^changed\(max\): must be a whole/ });
  // @ts-expect-error no field
  assert.throws(() => changed("state", { key: "hst" }), { message: /^changed\(key\): must be one of host/ });
  // @ts-expect-error neither yes nor no
  assert.throws(() => changed("state", { pairs: 1 }), { message: "changed(pairs): must be true or false, got 1" });
});
