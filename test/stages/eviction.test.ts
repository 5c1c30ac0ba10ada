import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { Stage } from "../../src/core/stage.ts";
import type { KeyedOptions } from "../../src/kit/keyed-options.ts";
import {
  by,
  changed,
  changedState,
  clockSkew,
  coalesce,
  percentiles,
  project,
  rate,
  top,
} from "../../src/stages/index.ts";
import { perform, wait } from "../../src/testing/index.ts";
import { isWhole } from "../rounds.ts";
import { trial } from "./trial.ts";

/** Every stage that holds something for each key. */
const KEYED: Readonly<Record<string, (options: KeyedOptions) => Stage<never, unknown>>> = {
  by: (options) => by("host", [rate(5)], options),
  changed: (options) => changed("state", { key: "host", init: "ok", ...options }),
  changedState: (options) => changedState({ init: "ok", ...options }),
  clockSkew,
  coalesce: (options) => coalesce(1, { key: "host", ...options }),
  project: (options) => project([() => true], { key: "host", ...options }),
};

for (const [name, make] of Object.entries(KEYED)) {
  // A place of `project` that holds an event is kept; it does not hold one that has expired.
  const state = name === "project" ? "expired" : "ok";
  const hosts = (...names: string[]) => names.map((host) => ({ host, metric: 1, state }));
  const evicted = (options: KeyedOptions, steps: Parameters<typeof perform>[1]) =>
    perform([make(options)], steps).ledger.stages[0]?.evicted;

  test(`${name} counts keys that made room, the longest idle first, and keys that were idle`, () => {
    assert.deepEqual(evicted({ max: 2 }, hosts("a", "b", "a", "c", "a", "c")), { full: 1, idle: 0 });
    assert.deepEqual(evicted({ max: 2 }, hosts("a", "b", "c", "d", "e")), { full: 3, idle: 0 });
    assert.deepEqual(evicted({ ttl: 80 }, [...hosts("a", "b"), wait(79), ...hosts("b"), wait(80)]), {
      full: 0,
      // What `coalesce` holds of a key goes with its event's ttl, and the key with it.
      idle: name === "coalesce" ? 0 : 1,
    });
  });
}

if (isWhole)
  test("a table holds 100,000 keys, each for an hour, when nothing is said", () => {
    const { clock, offer, report, end, advanceTo } = trial([changedState({ init: "ok" })]);
    const counted = () => report().stages[0]?.evicted;
    const hosts = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) =>
        event({ host: String(from + n), state: "ok", time: clock.now(), ttl: 9 }),
      );
    offer(hosts(0, 9));
    advanceTo(3600);
    assert.deepEqual(counted(), { full: 0, idle: 0 });
    advanceTo(3600 * 1.125);
    assert.deepEqual(counted(), { full: 0, idle: 9 });
    for (let from = 0; from < 100_000; from += 10_000) offer(hosts(from, 10_000));
    assert.deepEqual(counted(), { full: 0, idle: 9 });
    offer(hosts(100_000, 1));
    assert.deepEqual(counted(), { full: 1, idle: 9 });
    end();
  });

test("top counts who lost its place for being idle", () => {
  const steps = [{ host: "a", metric: 9 }, wait(101), { host: "b", metric: 1 }];
  assert.deepEqual(perform([top(1, "metric", [], { ttl: 100 })], steps).ledger.stages[0]?.evicted, {
    full: 0,
    idle: 1,
  });
});

if (isWhole)
  test("a flood of keys through nested tables holds max of them, with no more timers than they need", () => {
    const max = 10;
    const series = [rate(5), percentiles(5, [0.5, 0.99]), changed("metric")];
    const run = trial([by("host", [by("service", series, { max })], { max })]);
    for (let n = 0; n < 4_000; n++) {
      // Each host is seen with 40 services in a row.
      const [host, service] = [String(Math.floor(n / 40)), String(n % 40)];
      run.offer([event({ host, service, metric: n, time: run.clock.now() })]);
      if (n % 200 === 0) run.advanceTo(run.clock.now() + 1);
      // A table's sweep for each by, and for each series the window of its rate and of its percentiles.
      assert.ok(run.clock.timers <= 1 + max + max * max * 2, `${run.clock.timers} timers`);
    }
    const evicted = run.report().stages.map((stage) => stage.evicted.full);
    // All hosts together hold as many series as one may: a host goes with its last, once all others have made room.
    assert.deepEqual(evicted.slice(0, 2), [4_000 / 40 - 1, 4_000 - max - (4_000 / 40 - 1)]);
    run.end();
    assert.equal(run.clock.timers, 0);
  });
