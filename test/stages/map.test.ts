import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { stage } from "../../src/core/stage.ts";
import { map, under } from "../../src/stages/index.ts";
import { perform, run } from "../../src/testing/index.ts";

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

/** A map whose promises and output can be looked at, after the run. */
function observed(change: Parameters<typeof map>[0]) {
  const work: unknown[] = [];
  const out: Event[] = [];
  const observer = stage("observer", (context) => {
    const onEvent = map(change).start({ ...context, emit: (event) => out.push(event) });
    return (event) => {
      const result = typeof onEvent === "function" ? onEvent(event) : onEvent.onEvent(event);
      work.push(result);
      return result;
    };
  });
  return { observer, work, out };
}

test("waits for a promise, then emits what it gives", async () => {
  const { observer, work, out } = observed(async (e) => e.with({ metric: 7 }));
  const { ledger } = perform([observer], [{ metric: 1 }, { metric: 2 }]);
  assert.deepEqual([work.length, ledger.stages[0]?.received, ledger.stages[0]?.handled], [1, 2, 0]);
  await work[0];
  assert.deepEqual(
    out.map((e) => e.metric),
    [7],
  );
});

test("drops on a promise of null, and rejects on a promise of what is no event", async () => {
  for (const nothing of [null, undefined]) {
    const { observer, work, out } = observed(async () => nothing);
    perform([observer], [{}]);
    await work[0];
    assert.deepEqual(out, []);
  }
  // @ts-expect-error not an event
  const wrong = observed(async () => 5);
  perform([wrong.observer], [{}]);
  await assert.rejects(async () => wrong.work[0], {
    code: "FTS_STAGE_MISUSE",
    message: /^map\(change\): must give an event, .* got 5;/,
  });
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
