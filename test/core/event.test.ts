import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";

for (const time of [Number.NaN, Number.POSITIVE_INFINITY, null, undefined, "5"]) {
  const shown = typeof time === "string" ? JSON.stringify(time) : String(time);

  test(`an event cannot be made with ${shown} for its time`, () => {
    assert.throws(() => Reflect.apply(event, null, [{ time }]), {
      code: "FTS_STAGE_MISUSE",
      message: `event({ time }): must be a finite number of seconds, got ${shown}`,
    });
  });

  if (time !== undefined)
    test(`an event cannot be given ${shown} for its time`, () => {
      const one = event({ time: 1 });
      assert.throws(() => Reflect.apply(one.with, one, [{ time }]), {
        code: "FTS_STAGE_MISUSE",
        message: `with({ time }): must be a finite number of seconds, got ${shown}`,
      });
    });
}

test("a copy has the changed fields, and shares the others", () => {
  const one = event({ time: 1, service: "a", tags: ["x"] });
  const other = one.with({ time: 2, service: null });
  assert.deepEqual([other.time, other.service, other.tags === one.tags], [2, null, true]);
});
