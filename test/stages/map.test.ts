import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { map, under } from "../../src/stages/index.ts";
import { perform, run, runAsync } from "../../src/testing/index.ts";

test("emits what the function gives, and drops on null", () => {
  const change = map((e) => (e.metric === 1 ? null : e.with({ metric: 30 })));
  const out = run([change], [{ metric: 1 }, { metric: 3 }]);
  assert.deepEqual(
    out.map((e) => e.metric),
    [30],
  );
});

test("takes a function that returns nothing for one whose return was forgotten", () => {
  const change = (e: Event): void => void e.with({ metric: 30 });
  // @ts-expect-error nothing is given
  const stages = [map(change)] as const;
  assert.throws(() => run(stages, [{ metric: 1 }]), /got undefined; is a return missing\?/);
});

test("waits for a promise, then emits what it gives, in order", async () => {
  const change = map(async (e) => e.with({ metric: (e.metric ?? 0) * 10 }));
  const steps = [{ metric: 1 }, { metric: 2 }];
  const { ledger } = perform([change], steps);
  assert.deepEqual([ledger.stages[0]?.received, ledger.stages[0]?.handled, ledger.stages[0]?.waiting], [2, 0, 2]);
  assert.deepEqual(
    (await runAsync([change], steps)).map((e) => e.metric),
    [10, 20],
  );
});

test("drops on a promise of null or nothing, and rejects on a promise of what is no event", async () => {
  const drops = map(async (e) => (e.metric === 1 ? null : undefined));
  assert.deepEqual(await runAsync([drops], [{ metric: 1 }, { metric: 2 }]), []);
  // @ts-expect-error not an event
  const wrong = map(async () => 5);
  await assert.rejects(runAsync([wrong], [{}]), { message: /map\(change\): must give an event, .* got 5;/ });
});

test("stays synchronous for a plain value", () => {
  const { ledger } = perform([map((e) => e), under(5)], [{ metric: 1 }]);
  assert.deepEqual([ledger.stages[0]?.waiting, ledger.stages[1]?.handled], [0, 1]);
});

test("says what it got when that is no event", () => {
  const wrong: readonly [unknown, RegExp][] = [
    [5, /map\(change\): must give an event, null or a promise of these, got 5/],
    [{ metric: 5 }, /got \{"metric":5\}; event\(\{ … \}\) and e\.with/],
    [[], /got a list of 0/],
  ];
  for (const [value, message] of wrong) {
    // @ts-expect-error not an event
    const stages = [map(() => value)];
    assert.throws(() => run(stages, [{}]), message);
  }
});

test("refuses what is no function", () => {
  // @ts-expect-error an object
  assert.throws(() => map({ metric: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: 'map(change): must be a function, got {"metric":1}',
  });
});
