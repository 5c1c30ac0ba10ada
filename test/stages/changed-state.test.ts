import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { changedState } from "../../src/stages/changed-state.ts";
import { perform, run, wait } from "../../src/testing/index.ts";

const of = (host: string, service: string | null, state: string | null) => ({ host, service, state });
const text = (events: readonly Event[]) => events.map((e) => `${e.host} ${e.service} ${e.state}`);

test("passes a change of state of each host and service", () => {
  const out = run(
    [changedState()],
    [
      of("a", "x", "ok"),
      of("a", "y", "ok"),
      of("b", "x", "ok"),
      of("a", "x", "ok"),
      of("a", "y", "bad"),
      of("a", null, "ok"),
    ],
  );
  assert.deepEqual(text(out), ["a x ok", "a y ok", "b x ok", "a y bad", "a null ok"]);
});

test("keeps apart names that would be the same when joined", () => {
  assert.equal(run([changedState({ init: "ok" })], [of("a", "bc", "bad"), of("ab", "c", "bad")]).length, 2);
});

test("does not take the first event for a change when its state is init", () => {
  assert.deepEqual(text(run([changedState({ init: "ok" })], [of("a", "x", "ok"), of("b", "x", "bad")])), ["b x bad"]);
  assert.deepEqual(run([changedState()], [of("a", "x", null)]), []);
});

test("forgets the longest idle beyond max, and says so once", () => {
  const { values, log } = perform(
    [changedState({ init: "ok", max: 2 })],
    [
      of("a", "", "bad"),
      of("b", "", "bad"),
      of("a", "", "bad"),
      of("c", "", "bad"),
      of("a", "", "bad"),
      of("b", "", "bad"),
    ],
  );
  assert.equal(values.length, 4);
  assert.deepEqual(
    log.filter((line) => line.level === "warn").map((line) => line.message),
    ["too many keys: the longest idle make room for new ones"],
  );
});

test("tells of a job that reports once a day when it breaks, and when it recovers", () => {
  const daily = ["ok", "bad", "bad", "ok"].flatMap((state) => [of("db1", "backup", state), wait(86_400)]);
  assert.deepEqual(
    run([changedState({ init: "ok" })], daily).map(({ state }) => state),
    ["bad", "ok"],
  );
});

test("forgets who has been idle at init for ttl, or for the event's own ttl when that is longer", () => {
  const idle = (steps: Parameters<typeof perform>[1]) =>
    perform([changedState({ init: "ok", ttl: 80 })], steps).ledger.stages[0]?.evicted.idle;
  assert.deepEqual([idle([of("a", "x", "ok"), wait(80)]), idle([of("a", "x", "ok"), wait(91)])], [0, 1]);
  const lasting = { ...of("a", "x", "ok"), ttl: 200 };
  assert.deepEqual([idle([lasting, wait(199)]), idle([lasting, wait(211)])], [0, 1]);
  assert.equal(idle([of("a", "x", "bad"), wait(1e6)]), 0);
});

test("with pairs gives the event before of the same host and service as well", () => {
  const steps = [of("a", "x", "ok"), of("b", "x", "ok"), of("a", "x", "bad")];
  const pairs = run([changedState({ init: "ok", pairs: true })], steps);
  assert.deepEqual(
    pairs.map(([before, now]) => [before?.host, before?.state, now.state]),
    [["a", "ok", "bad"]],
  );
});

test("refuses wrong options", () => {
  // @ts-expect-error a typing slip
  assert.throws(() => changedState({ ini: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: 'changedState(options): there is no option "ini"; did you mean "init"? it takes init, pairs, max, ttl',
  });
  // @ts-expect-error a state is a string
  assert.throws(() => changedState({ init: 1 }), {
    code: "FTS_STAGE_OPTION",
    message: /^changedState\(init\): .* got 1$/,
  });
  assert.throws(() => changedState({ max: 0 }), {
    code: "FTS_STAGE_OPTION",
    message: "changedState(max): must be a whole number >= 1, got 0",
  });
  assert.throws(() => changedState({ ttl: -1 }), {
    code: "FTS_STAGE_OPTION",
    message: "changedState(ttl): must be a number >= 0.001, got -1",
  });
});
