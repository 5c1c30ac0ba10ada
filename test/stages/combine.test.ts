import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { count, sum } from "../../src/folds/index.ts";
import { by, combine, fixedEventWindow, fixedTimeWindow } from "../../src/stages/index.ts";
import { at, run, runTimed } from "../../src/testing/index.ts";

const inTwos = (fold: ReturnType<typeof combine<Event>>) => by("host", [fixedEventWindow(2), fold]);
const two = [{ metric: 1 }, { metric: 2 }];

test("emits what the fold makes of each list", () => {
  const out = run([inTwos(combine(sum))], [...two, { metric: 3 }, { metric: 4 }]);
  assert.deepEqual(
    out.map((one) => one.metric),
    [3, 7],
  );
});

test("emits each of several events, and nothing for nothing", () => {
  const all = run([inTwos(combine((events) => events.toReversed()))], two);
  assert.deepEqual(
    all.map((one) => one.metric),
    [2, 1],
  );
  for (const nothing of [null, undefined, []]) assert.deepEqual(run([inTwos(combine(() => nothing))], two), []);
});

test("tells the fold what time it is, and folds empty lists as well", () => {
  const out = runTimed(
    [by("host", [fixedTimeWindow(5), combine(count)])],
    [at(1, { host: "a" }), at(12, { host: "a" })],
  );
  assert.deepEqual(
    out.map((one) => one.value),
    [event({ host: "a", metric: 1, time: 1 }), event({ metric: 0, time: 12 })],
  );
});

test("refuses a fold that is no function, and in the run what is no event", () => {
  // @ts-expect-error an event
  assert.throws(() => combine(event({ time: 0 })), {
    code: "FTS_STAGE_OPTION",
    message: /^combine\(fold\): must be a/,
  });
  // @ts-expect-error a number
  assert.throws(() => run([inTwos(combine((events) => events.length))], two), {
    code: "FTS_STAGE_THREW",
    message: /combine\(fold\): must give an event, events or null, got 2$/,
  });
  // @ts-expect-error numbers
  assert.throws(() => run([inTwos(combine(() => [1]))], two), { message: /events or null, got 1$/ });
  // @ts-expect-error a promise
  assert.throws(() => run([inTwos(combine(async () => null))], two), {
    message: /events or null, got a promise$/,
  });
});
