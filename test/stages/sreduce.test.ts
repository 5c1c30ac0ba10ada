import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { sdo, sreduce } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const sum = (acc: Event, e: Event): Event => e.with({ metric: (acc.metric ?? 0) + (e.metric ?? 0) });
const ones = [{ metric: 1 }, { metric: 2 }, { metric: 3 }];

test("takes the first event as accumulator, without emitting it", () => {
  assert.deepEqual(
    run([sreduce(sum)], ones).map((e) => e.metric),
    [3, 6],
  );
});

test("emits from the first event when it was given an accumulator", () => {
  assert.deepEqual(
    run([sreduce(sum, event({ metric: 10, time: 0 }))], ones).map((e) => e.metric),
    [11, 13, 16],
  );
});

test("combines once per event and begins anew with each run", () => {
  let calls = 0;
  const counting = sreduce((acc, e) => {
    calls++;
    return sum(acc, e);
  });
  run([counting], ones);
  assert.equal(calls, 2);
  assert.equal(run([counting], ones).length, 2);
  const total = sreduce(sum, event({ metric: 0, time: 0 }));
  const out = run([total, sdo([], [])], ones).map((e) => e.metric);
  assert.deepEqual(out, [1, 1, 3, 3, 6, 6], "once, whatever is behind it");
});

test("says what it got when that is no event", () => {
  // @ts-expect-error a number
  const stages = [sreduce((acc, e) => acc.metric + e.metric)];
  assert.throws(() => run(stages, ones), /sreduce\(combine\): must give an event, got 3/);
});

test("refuses what combines nothing", () => {
  // @ts-expect-error an event
  assert.throws(() => sreduce(event({ time: 0 })), { message: /^sreduce\(combine\): must be a function, got \{/ });
});

test("refuses an accumulator that is no event", () => {
  // @ts-expect-error a number
  assert.throws(() => sreduce(sum, 0), {
    code: "FTS_STAGE_OPTION",
    message: "sreduce(init): must be an event, made with event({ … }), got 0",
  });
});
