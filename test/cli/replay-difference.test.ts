import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "../../src/cli/replay-difference.ts";
import { event } from "../../src/core/event.ts";
import type { Recorded } from "../../src/testing/index.ts";

const came = (at: number, service: string, name = "email", pipeline = "p"): Recorded => ({
  at,
  pipeline,
  stage: "email#0",
  kind: "sink",
  name,
  rendered: [],
  events: [event({ service, time: 1 })],
});
const words = (before: readonly Recorded[], after: readonly Recorded[]): string[] =>
  difference(before, after).map(
    ({ sign, recorded: { at, name, events } }) => `${sign}${at} ${name} ${events[0]?.service}`,
  );

test("what both sides' sinks get at the same time is no difference, from whichever pipeline and in whichever order", () => {
  assert.deepEqual(words([came(1, "a"), came(1, "b")], [came(1, "b", "email", "q"), came(1, "a")]), []);
});

test("another time, another sink, another event and another number of times are", () => {
  assert.deepEqual(words([came(1, "a")], [came(2, "a")]), ["-1 email a", "+2 email a"]);
  assert.deepEqual(words([came(1, "a")], [came(1, "a", "stdout")]), ["-1 email a", "+1 stdout a"]);
  assert.deepEqual(words([came(1, "a")], [came(1, "b")]), ["-1 email a", "+1 email b"]);
  assert.deepEqual(words([came(1, "a"), came(1, "a")], [came(1, "a")]), ["-1 email a"]);
  assert.deepEqual(words([came(1, "a")], [came(1, "a"), came(1, "a")]), ["+1 email a"]);
});

test("differences are in order of time, what is gone before what is new", () => {
  assert.deepEqual(words([came(3, "a"), came(5, "b")], [came(1, "c"), came(3, "d")]), [
    "+1 email c",
    "-3 email a",
    "+3 email d",
    "-5 email b",
  ]);
});
