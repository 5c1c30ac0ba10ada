import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { dual, tag } from "../../src/stages/index.ts";
import { run, wait } from "../../src/testing/index.ts";

const stages = () => [dual((e) => e.metric === 1, [tag("yes")], [tag("no")])];
const shown = (events: readonly Event[]) => events.map((e) => `${e.tags[0]} ${e.host} ${e.state} ${e.metric}`);

test("tells the other side first that the event is expired there, then gives the event to its own", () => {
  assert.deepEqual(shown(run(stages(), [{ host: "a", metric: 1, state: "ok" }])), ["no a expired null", "yes a ok 1"]);
  assert.deepEqual(shown(run(stages(), [{ host: "a", metric: 2, state: "ok" }])), ["yes a expired null", "no a ok 2"]);
});

test("leaves of the event host and service for the other side, with the clock's time", () => {
  const [told] = run(stages(), [wait(20), { host: "a", service: "b", metric: 1, time: 5, ttl: 60 }]);
  assert.deepEqual(told, event({ host: "a", service: "b", state: "expired", time: 20, tags: ["no"] }));
});

test("gives an expired event to both sides as it is", () => {
  assert.deepEqual(shown(run(stages(), [{ host: "a", metric: 1, state: "expired" }])), [
    "yes a expired 1",
    "no a expired 1",
  ]);
  assert.deepEqual(shown(run(stages(), [wait(100), { host: "a", metric: 1, state: "ok", time: 1 }])), [
    "yes a ok 1",
    "no a ok 1",
  ]);
});

test("asks once about each event, and not about one that has expired", () => {
  let asked = 0;
  const counting = dual(() => ++asked > 0, [], []);
  run([counting], [{ metric: 1 }, { metric: 2 }, { state: "expired" }]);
  assert.equal(asked, 2);
});

test("takes nothing for a no, and refuses a promise", () => {
  const out = run([dual((e) => e.service?.startsWith("a"), [tag("yes")], [tag("no")])], [{ metric: 1 }]);
  assert.deepEqual(shown(out), ["yes null expired null", "no null null 1"]);
  // @ts-expect-error a promise is no answer
  const wrong = [dual(async () => true, [], [])];
  assert.throws(() => run(wrong, [{}]), /dual\(test\): must give true or false/);
});

test("refuses a test that is no function and branches that are no lists of stages", () => {
  // @ts-expect-error a string
  assert.throws(() => dual("x", [], []), { code: "FTS_STAGE_OPTION", message: /^dual\(test\): must be a function/ });
  // @ts-expect-error the list is missing
  assert.throws(() => dual(() => true, tag("x"), []), { code: "FTS_NOT_A_STAGE", message: /^dual\(then\)/ });
  // @ts-expect-error the other branch is missing
  assert.throws(() => dual(() => true, []), { code: "FTS_NOT_A_STAGE", message: /^dual\(otherwise\)/ });
});
