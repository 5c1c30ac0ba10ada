import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventFields, event } from "../../src/core/event.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { StepClock } from "../core/step-clock.ts";

const of = (fields: EventFields) => event({ time: 0, ...fields });
const filled = (...all: readonly EventFields[]) => {
  const index = new EventIndex();
  for (const fields of all) index.put(of(fields), 100);
  return index;
};
const metrics = (index: EventIndex) => index.search().map(({ metric }) => metric);

test("the last event of a host and service counts, whatever its time", () => {
  const index = filled({ host: "a", metric: 1, time: 9 }, { host: "b", metric: 2 }, { host: "a", metric: 3, time: 5 });
  assert.deepEqual(metrics(index), [2, 3]);
  assert.deepEqual([index.size, index.lookup("a", null)?.metric, index.lookup("a", "x")], [2, 3, null]);
});

test("host and service are told apart, and null from the empty text", () => {
  const index = filled({ host: "a" }, { service: "a" }, { host: "a", service: "" }, {}, { host: "" });
  assert.equal(index.size, 5);
});

test("an event that says expired takes its host and service out", () => {
  const index = filled({ host: "a", metric: 1 }, { host: "b", metric: 2 }, { host: "a", state: "expired" });
  assert.deepEqual(metrics(index), [2]);
  index.put(of({ host: "c", state: "expired" }), 100);
  assert.equal(index.size, 1);
});

test("an index of some hosts holds that part of the most", () => {
  const index = new EventIndex();
  index.portion = 0.5;
  assert.deepEqual(
    ["a", "b", "c"].map((host) => index.put(of({ host }), 3)),
    [false, false, true],
  );
});

test("the longest unchanged makes room", () => {
  const index = filled({ host: "a", metric: 1 }, { host: "b", metric: 2 }, { host: "a", metric: 3 });
  assert.deepEqual(
    [index.put(of({ host: "b", metric: 4 }), 2), index.put(of({ host: "c", metric: 5 }), 2)],
    [false, true],
  );
  assert.deepEqual(metrics(index), [4, 5]);
});

test("has expired what is older than its ttl, or than the default", () => {
  const index = filled({ host: "a", time: 10, ttl: 5 }, { host: "b", time: 10 }, { host: "c", time: 10, ttl: 100 });
  const gone = (now: number) => [...index.expired(new VirtualClock(now), 60)].flat().map(({ host }) => host);
  assert.deepEqual(
    [gone(15), gone(15.1), gone(70), gone(70.1), gone(111)],
    [[], ["a"], ["a"], ["a", "b"], ["a", "b", "c"]],
  );
  assert.equal(index.size, 3, "to look is not to take");
});

test("an event that is too far ahead, or was put in before the clock was set back, expires its ttl after the next look", () => {
  const clock = new StepClock(5000);
  const index = filled({ host: "a", time: 5000, ttl: 10 }, { host: "b", time: 9000, ttl: 20 });
  const gone = () => [...index.expired(clock, 60)].flat().map(({ host }) => host);
  assert.deepEqual(gone(), []);
  clock.offset = -3600;
  assert.deepEqual(gone(), []);
  clock.advanceTo(5011);
  assert.deepEqual(gone(), ["a"]);
  clock.advanceTo(5021);
  assert.deepEqual(gone(), ["a", "b"]);
});

test("an event is taken out unless another one has come since", () => {
  const index = filled({ host: "a", metric: 1 });
  const held = index.lookup("a", null);
  assert.ok(held !== null);
  index.put(of({ host: "a", metric: 2 }), 100);
  assert.deepEqual([index.remove(held), metrics(index)], [false, [2]]);
  assert.deepEqual(
    [index.search(({ metric }) => metric === 2).map((one) => index.remove(one)), index.size],
    [[true], 0],
  );
});

test("to look at it does not keep an event from making room", () => {
  const index = filled({ host: "a" }, { host: "b" });
  index.lookup("a", null);
  index.search();
  index.put(of({ host: "c" }), 2);
  assert.deepEqual([index.lookup("a", null), index.lookup("b", null)?.host], [null, "b"]);
});

test("can be emptied", () => {
  const index = filled({ host: "a" });
  index.clear();
  assert.deepEqual([index.size, index.search()], [0, []]);
});

test("looks for what has expired in steps, at what was there at the first", () => {
  const all = Array.from({ length: 10_000 }, (_, n) => ({ host: `h${n}`, time: n % 2 === 0 ? 0 : 1_000 }));
  const index = filled();
  for (const fields of all) index.put(of(fields), 10_000);
  const steps = index.expired(new VirtualClock(500), 60);
  const first = steps.next().value ?? [];
  assert.ok(first.length > 0 && first.length < 5_000, `${first.length} in the first step`);
  index.put(of({ host: "new" }), 20_000);
  const due = [...first, ...[...steps].flat()];
  const even = all.filter(({ time }) => time === 0).map(({ host }) => host);
  assert.deepEqual(
    due.map(({ host }) => host),
    even,
  );
});
