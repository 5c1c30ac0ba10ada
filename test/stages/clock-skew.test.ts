import assert from "node:assert/strict";
import { test } from "node:test";
import { clockSkew } from "../../src/stages/index.ts";
import { at, run, type Step, wait } from "../../src/testing/index.ts";

const skews = (stage: ReturnType<typeof clockSkew>, ...steps: Step[]) =>
  run([stage], steps).map((event) => [event.host, event.metric]);

test("gives each event the distance of its host's clock from the median clock", () => {
  assert.deepEqual(
    skews(clockSkew(), at(100, { host: "a" }), at(100, { host: "b", time: 90 }), at(100, { host: "c", time: 107 })),
    [
      ["a", 0],
      ["b", -10],
      ["c", 7],
    ],
  );
});

test("puts the clocks of the others forward by the time since they were heard", () => {
  const steps = [at(0, { host: "a" }), at(0, { host: "b" }), at(50, { host: "c", time: 49 })];
  assert.deepEqual(skews(clockSkew(), ...steps).at(-1), ["c", -1]);
});

test("counts a host once, with its last event", () => {
  const steps = [
    at(0, { host: "a", time: 99 }),
    at(1, { host: "a" }),
    at(1, { host: "b", time: 3 }),
    at(2, { host: "a" }),
  ];
  assert.deepEqual(skews(clockSkew(), ...steps).at(-1), ["a", -2]);
});

test("passes what says it has expired unchanged, and forgets its host", () => {
  const steps = [{ host: "a", time: 50 }, { host: "a", state: "expired", metric: 3 }, { host: "b" }];
  assert.deepEqual(skews(clockSkew(), ...steps), [
    ["a", 0],
    ["a", 3],
    ["b", 0],
  ]);
});

test("a host that comes back after it expired is one among the others again", () => {
  const hosts = (...times: number[]) => times.map((time, n) => ({ host: "abcd"[n] ?? null, time }));
  const steps = [...hosts(0, 10, 20), { host: "a", state: "expired" }, ...hosts(0, 10, 20, 50)];
  assert.deepEqual(skews(clockSkew(), ...steps).at(-1), ["d", 30]);
});

test("counts a host once however often it is heard, and one that expired not at all until it comes back", () => {
  const hosts = (names: string, time: number) => [...names].map((host) => ({ host, time }));
  assert.deepEqual(skews(clockSkew(), ...hosts("aaa", 0), ...hosts("b", 10)).at(-1), ["b", 0]);
  const expired = { host: "a", state: "expired" };
  const others = [...hosts("b", 10), ...hosts("c", 20)];
  assert.deepEqual(skews(clockSkew(), ...hosts("a", 0), ...others, expired, ...hosts("a", 0)).at(-1), ["a", -10]);
  assert.deepEqual(skews(clockSkew(), ...others, expired, expired, ...hosts("d", 0)).at(-1), ["d", -10]);
});

test("forgets the longest idle host beyond max, and each after ttl", () => {
  const far = { host: "a", time: 500 };
  assert.deepEqual(skews(clockSkew({ max: 1 }), far, { host: "b" }).at(-1), ["b", 0]);
  assert.deepEqual(skews(clockSkew({ ttl: 8 }), far, wait(100), { host: "b" }).at(-1), ["b", 0]);
  assert.deepEqual(skews(clockSkew(), far, wait(100), { host: "b" }).at(-1), ["b", -500]);
});

test("refuses wrong options", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => clockSkew({ maxHosts: 1 }), { code: "FTS_STAGE_OPTION" });
  assert.throws(() => clockSkew({ max: 0 }), { message: "clockSkew(max): must be a whole number >= 1, got 0" });
});
