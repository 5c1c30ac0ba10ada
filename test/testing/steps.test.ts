import assert from "node:assert/strict";
import { test } from "node:test";
import { rate } from "../../src/stages/index.ts";
import { at, run, runTimed, type Step, wait } from "../../src/testing/index.ts";

for (const [what, step, message] of [
  ["a misspelt field", { metrc: 1 }, 'steps[1]: an event has no field "metrc"; did you mean metric?'],
  [
    "a field of one's own",
    { zone: "eu" },
    'steps[1]: an event has no field "zone"; a name of your own goes into attributes',
  ],
  ["a value that does not fit", { metric: "5" }, 'steps[1]: metric must be a number or null, got "5" (a string)'],
  ["a time that is none", { time: Number.NaN }, "steps[1]: time must be a finite number, got NaN"],
  ["no event", null, "steps[1]: must be an event, wait(seconds) or at(second, event), got null"],
  ["a list", [{}], "steps[1]: must be an event, wait(seconds) or at(second, event), got a list of 1"],
  ["an event at the wrong place", { at: 1, event: 5 }, "steps[1], at(1, …): must be an event, got 5"],
  [
    "a misspelt field in at",
    { at: 1, event: { ttll: 1 } },
    'steps[1], at(1, …): an event has no field "ttll"; did you mean ttl?',
  ],
  ["a wait that is none", { wait: -1 }, "wait(seconds): must be a finite number >= 0, got -1"],
  [
    "a time on the wall clock",
    { at: 1.7e9, event: {} },
    /^steps\[1\]: time would pass from 0 to 1700000000, .* routes\(path, \{ start \}\)$/,
  ],
] as const)
  test(`${what} among the steps is pointed out`, () => {
    const steps = [{ metric: 1 }, step] as Step[];
    assert.throws(() => run([rate(5)], steps), { code: "FTS_TEST", message });
  });

test("a step into the past is pointed out", () => {
  const message = "steps[1]: at(2, …) is in the past: the clock shows 3 already";
  assert.throws(() => run([rate(5)], [wait(3), at(2, {})]), { code: "FTS_TEST", message });
});

test("a wait and a second that are no numbers are refused where they are written", () => {
  assert.throws(() => wait(Number.NaN), { message: "wait(seconds): must be a finite number >= 0, got NaN" });
  assert.throws(() => at(Number.POSITIVE_INFINITY, {}), {
    message: "at(second, event): must be a finite number, got Infinity",
  });
});

test("a field that is undefined is one left out", () => {
  const fields = { metric: 5, time: undefined } as object;
  assert.deepEqual(
    runTimed([rate(5)], [at(3, fields), wait(10)]).map(({ at, value }) => [at, value.metric]),
    [
      [8, 1],
      [13, 0],
    ],
  );
});
