import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { wait } from "../../src/testing/index.ts";
import { lists, listsAtEnd } from "./lists.ts";

const steps = [1, 2, 3, 4, 5].map((metric) => ({ metric }));

test("gives every n events as a list, and waits for as long as it takes", () => {
  assert.deepEqual(lists(fixedEventWindow(2), ...steps, wait(1e6)), [
    [0, [1, 2]],
    [0, [3, 4]],
  ]);
});

test("takes events without a metric and expired ones as any other, whatever their times", () => {
  const mixed = [
    { state: "expired", time: -9 },
    { metric: 2, time: -10 },
  ];
  assert.deepEqual(lists(fixedEventWindow(2), ...mixed), [[0, [null, 2]]]);
});

test("gives out what is left when its run ends, and no empty list", () => {
  assert.deepEqual(listsAtEnd(fixedEventWindow(2), ...steps), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(listsAtEnd(fixedEventWindow(5), ...steps), [[1, 2, 3, 4, 5]]);
});

test("refuses a length that is no whole number >= 1", () => {
  assert.throws(() => fixedEventWindow(0), {
    code: "FTS_STAGE_OPTION",
    message: "fixedEventWindow(n): must be a whole number >= 1, got 0",
  });
});
