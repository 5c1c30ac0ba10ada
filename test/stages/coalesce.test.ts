import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { coalesce } from "../../src/stages/index.ts";
import { at, perform, run, type Step, wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";

const a = (metric: number, more: object = {}) => ({ host: "a", service: "s", metric, ...more });
const b = (metric: number, more: object = {}) => ({ host: "b", service: "s", metric, ...more });
const given = (window: ReturnType<typeof coalesce>, ...steps: readonly Step[]) => lists(window, ...steps);

test("gives the last event of each host and service at once and then every interval, changed or not", () => {
  assert.deepEqual(given(coalesce(10), at(1, a(1)), at(2, b(2)), at(3, a(3)), wait(30)), [
    [1, [1]],
    [11, [3, 2]],
    [21, [3, 2]],
    [31, [3, 2]],
  ]);
});

test("gives every second by default", () => {
  assert.deepEqual(given(coalesce(), a(1), wait(2)).length, 3);
});

test("gives an event that expires once more, then forgets it; with the last one the lists end", () => {
  assert.deepEqual(given(coalesce(10), a(1, { ttl: 15 }), b(2, { ttl: 25 }), wait(1000)), [
    [0, [1, 2]],
    [10, [1, 2]],
    [20, [1, 2]],
    [30, [2]],
  ]);
});

test("gives an event that says expired once, and goes on for the others", () => {
  assert.deepEqual(given(coalesce(10), a(1), b(2), at(5, a(3, { state: "expired" })), wait(20)), [
    [0, [1, 2]],
    [10, [3, 2]],
    [20, [2]],
  ]);
});

test("takes 60 s for an event without a ttl, and begins anew with the next event", () => {
  const out = given(coalesce(10), a(1), at(200, a(2)), wait(1));
  assert.deepEqual([out.length, out.at(-2), out.at(-1)], [9, [70, [1]], [200, [2]]]);
});

test("takes as many seconds as the daemon is told for an event without a ttl", () => {
  assert.equal(run([coalesce(10)], [a(1), wait(50)], { defaultTtl: 15 }).length, 1 + 2);
});

test("tells events apart by another key when asked to", () => {
  assert.deepEqual(given(coalesce(10, { key: "service" }), a(1), b(2), wait(10)).at(-1), [10, [2]]);
});

test("holds max keys: the longest idle makes room, and is counted as evicted", () => {
  const steps = [a(1), b(2), a(3), { host: "c", metric: 4 }, wait(10)];
  assert.deepEqual(given(coalesce(10, { max: 2 }), ...steps).at(-1), [10, [3, 4]]);
  assert.equal(perform([coalesce(10, { max: 2 })], steps).ledger.stages[0]?.dropped.evicted, 1);
});

test("counts no key as evicted whose event had expired", () => {
  const { ledger } = perform([coalesce(10)], [a(1), wait(1e5)]);
  assert.equal(ledger.stages[0]?.dropped.evicted, 0);
});

test("gives out what is new when its run ends", () => {
  assert.deepEqual(listsAtEnd(coalesce(10), { host: "a", metric: 1 }, wait(1), { host: "a", metric: 2 }), [[1], [2]]);
  assert.deepEqual(listsAtEnd(coalesce(10), { host: "a", metric: 1 }, wait(1)), [[1]]);
});

test("aligned to the clock, gives the first list at once and then at multiples of the interval", () => {
  assert.deepEqual(given(coalesce(10, { align: "clock" }), at(7, a(1)), wait(20)), [
    [7, [1]],
    [10, [1]],
    [20, [1]],
  ]);
});

test("folds its lists where it is told to", () => {
  const fold = (events: readonly Event[]) => (events.length < 2 ? null : events.map((e) => e.with({ state: "many" })));
  const out = run([coalesce(10, { fold })], [{ host: "a" }, { host: "b" }, wait(10)]);
  assert.deepEqual(
    out.map(({ host, state }) => [host, state]),
    ["a", "b", "a", "b"].map((host) => [host, "many"]),
  );
  assert.throws(() => coalesce(1, { fold: 5 as never }), { message: /^coalesce\(fold\): must be a function/ });
});

test("leaves no timer behind", () => {
  assert.equal(perform([coalesce(10)], [a(1)]).timersLeft, 0);
});

test("refuses an interval of 0, a wrong key and wrong options", () => {
  assert.throws(() => coalesce(0), {
    code: "FTS_STAGE_OPTION",
    message: "coalesce(seconds): must be a number >= 0.001, got 0",
  });
  // @ts-expect-error tags are a list
  assert.throws(() => coalesce(1, { key: "tags" }), { message: /^coalesce\(key\): must be one of host/ });
  // @ts-expect-error a typing slip
  assert.throws(() => coalesce(1, { keys: "host" }), {
    message: /no option "keys"; did you mean "key"\? it takes key, align, fold, max, ttl$/,
  });
  assert.throws(() => coalesce(1, { max: 0 }), { message: /^coalesce\(max\): must be a whole number >= 1/ });
  assert.throws(() => coalesce(1, { ttl: 0 }), { message: /^coalesce\(ttl\): must be a number >= 0.001/ });
});
