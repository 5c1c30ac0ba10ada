import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { project } from "../../src/stages/index.ts";
import { at, perform, run, type Step, wait } from "../../src/testing/index.ts";
import { lists } from "./lists.ts";

const sides = () => project([(e) => e.service === "left", (e) => e.service === "right"]);
const given = (...steps: readonly Step[]) => lists(sides(), ...steps).map(([, metrics]) => metrics);
const left = (metric: number, more: object = {}) => ({ service: "left", metric, ...more });
const right = (metric: number, more: object = {}) => ({ service: "right", metric, ...more });

test("gives the last event for each predicate, null where there was none, with each event that is for one", () => {
  assert.deepEqual(given(left(1), right(2), left(3)), [
    [1, null],
    [1, 2],
    [3, 2],
  ]);
  assert.equal(run([sides()], [left(1)])[0]?.[1], null, "and not undefined");
});

test("drops events that are for no place", () => {
  assert.deepEqual(given(left(1), { service: "up", metric: 9 }), [[1, null]]);
});

test("goes by arrival, whatever the times", () => {
  assert.deepEqual(given(left(1, { time: 5 }), left(2, { time: 4 })).at(-1), [2, null]);
});

test("gives one event several places", () => {
  const both = project([(e) => e.metric === 1, () => true]);
  assert.deepEqual(lists(both, { metric: 1 }), [[0, [1, 1]]]);
});

test("gives an event that has expired once more, as its remains, and then null", () => {
  const out = run(
    [sides()],
    [{ ...left(1), host: "h", ttl: 10, state: "ok", tags: ["t"] }, at(11, right(2)), at(12, right(3))],
  );
  const remains = out[1]?.[0];
  assert.deepEqual(
    [remains?.host, remains?.service, remains?.state, remains?.time, remains?.metric, remains?.tags],
    ["h", "left", "expired", 11, null, []],
  );
  assert.equal(out[2]?.[0], null);
});

test("takes an event without a ttl for expired after as many seconds as the daemon is told", () => {
  const [, late] = run([sides()], [left(1), at(6, right(2))], { defaultTtl: 5 });
  assert.deepEqual([late?.[0]?.state, late?.[1]?.metric], ["expired", 2]);
});

test("gives all that have expired once, with the next event that is for a place", () => {
  const three = project([(e) => e.service === "left", (e) => e.service === "right", (e) => e.service === "up"]);
  const up = (second: number) => at(second, { service: "up", state: "ok" });
  const out = run([three], [left(1, { ttl: 10 }), right(2, { ttl: 10 }), at(11, { service: "none" }), up(12), up(13)]);
  assert.deepEqual(
    out.slice(2).map((places) => places.map((event) => event?.state ?? null)),
    [
      ["expired", "expired", "ok"],
      [null, null, "ok"],
    ],
  );
});

test("takes an event that says expired for one that has", () => {
  const out = run([sides()], [left(1, { state: "expired" }), right(2)]);
  assert.deepEqual([out[0]?.[0]?.state, out[1]?.[0]], ["expired", null]);
});

test("gives each time a list of its own", () => {
  const [first] = perform([sides()], [left(1), left(2)]).values;
  assert.ok(Array.isArray(first?.value));
  assert.equal(first.value[0]?.metric, 1);
});

test("with a key each has places of its own, and one that made room begins anew", () => {
  const isLeft = (e: Event) => e.service === "left";
  const isRight = (e: Event) => e.service === "right";
  const apart = project([isLeft, isRight], { key: "host", max: 2 });
  const of = (host: string, step: object) => ({ ...step, host });
  const steps = [of("a", left(1)), of("b", left(2)), of("a", right(3)), of("c", right(4)), of("b", right(5))];
  assert.deepEqual(
    lists(apart, ...steps).map(([, metrics]) => metrics),
    [
      [1, null],
      [2, null],
      [1, 3],
      [null, 4],
      [null, 5],
    ],
  );
});

test("folds its lists where it is told to, and says so of what is no event", () => {
  const stage = project([(e) => e.service === "errors", (e) => e.service === "all"], {
    key: "host",
    fold: ([errors, all], now) => errors?.with({ time: now, description: String(all?.metric) }),
  });
  const out = run([stage], [{ service: "all", metric: 4 }, wait(1), { service: "errors", metric: 1 }]);
  assert.deepEqual(
    out.map(({ service, time, description }) => [service, time, description]),
    [["errors", 1, "4"]],
  );
  const wrong = project([() => true], { fold: (events) => events.length as never });
  assert.throws(() => run([wrong], [{}]), { message: /project\(fold\): must give an event, events or null, got 1/ });
  assert.throws(() => project([() => true], { fold: 5 as never }), { message: /^project\(fold\): must be a function/ });
});

test("an event that is for no place makes no key, and keeps none", () => {
  const { ledger } = perform(
    [project([(e) => e.metric === 1], { key: "host", max: 1 })],
    [
      { host: "a", metric: 1 },
      { host: "b", metric: 2 },
    ],
  );
  assert.equal(ledger.stages[0]?.evicted.full, 0);
});

test("has bounds with a key only, as there is one list otherwise", () => {
  const refuses = (make: () => unknown, message: RegExp) => assert.throws(make, { code: "FTS_STAGE_OPTION", message });
  refuses(() => project([() => true], { max: 5 }), /no option "max"; it takes key, fold$/);
  refuses(() => project([() => true], { key: "hots" as "host" }), /^project\(key\): must be one of host/);
  refuses(() => project([() => true], { key: "host", ttl: 0 }), /^project\(ttl\): must be/);
});

test("refuses what is no list of functions, and in the run an answer that is a promise", () => {
  // @ts-expect-error an empty list
  assert.throws(() => project([]), {
    code: "FTS_STAGE_OPTION",
    message: "project(predicates): must be a list of at least one function, got a list of 0",
  });
  // @ts-expect-error a string
  assert.throws(() => project(["left"]), { code: "FTS_STAGE_OPTION" });
  // @ts-expect-error a promise is always true
  assert.throws(() => run([project([async () => true])], [{}]), { message: /project\(predicate\): must give true or/ });
});
