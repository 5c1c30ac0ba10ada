import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { sdo, smap } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("emits what the function gives, and nothing for nothing", () => {
  const out = run(
    [smap((e) => (e.metric === 2 ? null : e.with({ metric: (e.metric ?? 0) * 10 })))],
    [{ metric: 1 }, { metric: 2 }, { metric: 3 }],
  );
  assert.deepEqual(
    out.map((e) => e.metric),
    [10, 30],
  );
  assert.deepEqual(run([smap(() => undefined)], [{}]), []);
});

test("gives and takes lists", () => {
  const size = smap((events: readonly Event[]) => events[0]?.with({ metric: events.length }));
  const out = run([sdo([smap((e) => [e, e, e]), size])], [{ metric: 1 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [3],
  );
});

test("says so when the function gives something else, a promise above all", () => {
  // @ts-expect-error a promise
  const later = [smap(async (e) => e)];
  assert.throws(() => run(later, [{}]), /smap\(change\): must give an event, a list or null, .* map waits/);
  // @ts-expect-error the fields of an event are no event
  const fields = [smap((e) => ({ host: e.host }))];
  assert.throws(() => run(fields, [{}]), /got \{"host":null\}/);
});

test("refuses what is no function", () => {
  // @ts-expect-error a string
  assert.throws(() => smap("metric"), {
    code: "FTS_STAGE_OPTION",
    message: 'smap(change): must be a function, got "metric" (a string)',
  });
});
