import assert from "node:assert/strict";
import { test } from "node:test";
import { expired, notExpired } from "../../src/stages/index.ts";
import { run, wait } from "../../src/testing/index.ts";
import fc from "../fast-check.ts";

test("passes events that are fresh, and drops those that say they expired or are too old", () => {
  const steps = [wait(100), { metric: 1, time: 40 }, { metric: 2, time: 39 }, { metric: 3, state: "expired" }];
  assert.deepEqual(
    run([notExpired()], steps).map((e) => e.metric),
    [1],
  );
});

test("passes exactly what expired() drops", () => {
  const event = fc.record({
    time: fc.integer({ min: 0, max: 100 }),
    ttl: fc.option(fc.integer({ min: 0, max: 100 })),
    state: fc.constantFrom("ok", "expired"),
  });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const steps = [wait(100), ...events];
      assert.equal(run([expired()], steps).length + run([notExpired()], steps).length, events.length);
      assert.deepEqual(run([expired(), notExpired()], steps), []);
    }),
  );
});
