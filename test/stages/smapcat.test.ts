import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { sdo, smap, smapcat } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("emits each event of the list, in order", () => {
  const out = run([smapcat((e) => [e, e.with({ metric: -(e.metric ?? 0) })])], [{ metric: 1 }, { metric: 2 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [1, -1, 2, -2],
  );
});

test("drops what nothing is made of", () => {
  const nothing = [[], null, undefined];
  assert.deepEqual(run([smapcat((e) => nothing[e.metric ?? 0])], [{ metric: 0 }, { metric: 1 }, { metric: 2 }]), []);
});

test("takes lists", () => {
  const twice = smapcat((events: readonly Event[]) => [...events, ...events]);
  assert.equal(run([sdo([smap((e) => [e, e]), twice])], [{}]).length, 4);
});

test("says so when the function gives something else", () => {
  // @ts-expect-error an event
  const one = [smapcat((e) => e)];
  assert.throws(() => run(one, [{}]), /smapcat\(change\): must give a list of events or null/);
  // @ts-expect-error a list of numbers
  const numbers = [smapcat(() => [1])];
  assert.throws(() => run(numbers, [{}]), /smapcat\(change\): must give nothing but events in its list, got 1/);
});

test("refuses what is no function", () => {
  // @ts-expect-error nothing
  assert.throws(() => smapcat(), {
    code: "FTS_STAGE_OPTION",
    message: "smapcat(change): must be a function, got undefined",
  });
});
