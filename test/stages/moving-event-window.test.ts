import assert from "node:assert/strict";
import { test } from "node:test";
import { movingEventWindow } from "../../src/stages/index.ts";
import { perform } from "../../src/testing/index.ts";
import { lists } from "./lists.ts";

test("gives with each event the last n, oldest first, fewer at the beginning", () => {
  const steps = [{ metric: 1 }, { metric: 2 }, { metric: 3 }, { metric: 4 }];
  assert.deepEqual(lists(movingEventWindow(3), ...steps), [
    [0, [1]],
    [0, [1, 2]],
    [0, [1, 2, 3]],
    [0, [2, 3, 4]],
  ]);
  assert.deepEqual(lists(movingEventWindow(1), ...steps.slice(2)), [
    [0, [3]],
    [0, [4]],
  ]);
});

test("goes by arrival, whatever the times, metrics and states", () => {
  const steps = [
    { metric: 1, time: 50 },
    { metric: null, time: -50, state: "expired" },
  ];
  assert.deepEqual(lists(movingEventWindow(2), ...steps).at(-1), [0, [1, null]]);
});

test("gives each event a list of its own, which stays as it is", () => {
  const [first, second] = perform([movingEventWindow(2)], [{ metric: 1 }, { metric: 2 }]).values;
  assert.ok(Array.isArray(first?.value) && Array.isArray(second?.value));
  assert.deepEqual([first.value.length, second.value.length], [1, 2]);
});

test("refuses a length that is no whole number >= 1", () => {
  for (const n of [0, 1.5, -1])
    assert.throws(() => movingEventWindow(n), {
      code: "FTS_STAGE_OPTION",
      message: `movingEventWindow(n): must be a whole number >= 1, got ${n}`,
    });
});
