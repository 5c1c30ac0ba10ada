import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stages } from "../../src/core/stage.ts";
import { bitBucket, dual, expired, notExpired } from "../../src/stages/index.ts";
import { run, wait } from "../../src/testing/index.ts";

const passes = (...steps: Parameters<typeof run>[1]) => run([expired()], steps).map((e) => e.metric);

test("passes events that say so, and drops the others", () => {
  assert.deepEqual(passes({ metric: 1, state: "ok" }, { metric: 2, state: "expired" }, { metric: 3 }), [2]);
});

test("passes events older than their ttl, or than a minute, by the clock", () => {
  assert.deepEqual(
    passes(
      wait(100),
      { metric: 1, time: 40 },
      { metric: 2, time: 39 },
      { metric: 3, time: 90, ttl: 10 },
      { metric: 4, time: 90, ttl: 9 },
      { metric: 5, time: 39, ttl: 1000 },
    ),
    [2, 4],
  );
});

test("an event without a ttl stays valid for as long as the daemon is told", () => {
  const steps = [wait(100), { metric: 1, time: 95 }, { metric: 2, time: 94 }, { metric: 3, time: 94, ttl: 60 }];
  const metrics = (stages: Stages) => run(stages, steps, { defaultTtl: 5 }).map((e) => e.metric);
  assert.deepEqual(metrics([expired()]), [2]);
  assert.deepEqual(metrics([notExpired()]), [1, 3]);
  assert.deepEqual(metrics([dual(() => true, [], [bitBucket()])]), [1, 2, 3], "as it is, by its age");
});
