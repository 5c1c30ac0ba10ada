import assert from "node:assert/strict";
import { test } from "node:test";
import { eachEvent } from "../../src/core/each-event.ts";
import { type Event, type EventFields, event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { type DropReason, type Stage, stage } from "../../src/core/stage.ts";
import { by, fixedEventWindow, index, sflatten } from "../../src/stages/index.ts";
import { perform, run } from "../../src/testing/index.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { joined } from "../engine/joined.ts";

/** One pipeline with an index, and what it tells all pipelines. */
function indexing(stages: readonly Stage[] = [index()], fate: () => Promise<DropReason | null> | null = () => null) {
  const told: Event[] = [];
  const outlet = eachEvent((event) => {
    told.push(event);
    return fate();
  });
  const on = joined([pipeline("p", stages)], () => outlet);
  const give = (...events: readonly Event[]) => on.router.offer(events, 0);
  const advance = (seconds: number) => on.clock.advanceTo(on.clock.now() + seconds);
  return { ...on, told, give, advance, held: () => on.thread.index.search().map(({ host, metric }) => [host, metric]) };
}

/** An event so many seconds after the start. */
const at = (second: number, fields: EventFields = {}) => event({ time: 1000 + second, ...fields });

test("passes on what it was given, events and lists, and keeps the last of each host and service", () => {
  const steps = [
    { host: "a", metric: 1 },
    { host: "b", metric: 2 },
    { host: "a", metric: 3 },
  ];
  assert.deepEqual(
    run([index()], steps).map(({ metric }) => metric),
    [1, 2, 3],
  );
  assert.equal(run([fixedEventWindow(3), index(), sflatten()], steps).length, 3);
  const { give, held, report } = indexing();
  give(...steps.map((fields) => at(0, fields)));
  assert.deepEqual(held(), [
    ["b", 2],
    ["a", 3],
  ]);
  assertBalanced(report("p"));
});

test("looks every ten seconds for what is older than its ttl, takes it out and tells all pipelines", () => {
  const { give, advance, clock, held, told } = indexing();
  const full = { state: "ok", description: "d", metric: 1, tags: ["t"], attributes: { zone: "z" } };
  give(at(0, { host: "a", service: "s", ttl: 11, ...full }), at(0, { host: "b", ttl: 25, metric: 2 }));
  advance(10);
  assert.deepEqual([held().length, told], [2, []]);
  advance(10);
  assert.deepEqual(
    told.map(({ host, service, state, description, metric, time, ttl, tags, attributes }) => [
      [host, service, state, description, metric, time, ttl],
      [tags, { ...attributes }],
    ]),
    [
      [
        ["a", "s", "expired", null, null, clock.now(), null],
        [[], {}],
      ],
    ],
  );
  assert.deepEqual(held(), [["b", 2]]);
  advance(10);
  assert.deepEqual(
    told.map(({ host }) => host),
    ["a", "b"],
  );
});

test("what came anew in time does not expire, whatever its ttl was before", () => {
  const { give, advance, told } = indexing([index({ interval: 1 })]);
  give(at(0, { host: "a", ttl: 5 }));
  advance(5);
  give(at(5, { host: "a", ttl: 5 }));
  advance(5);
  assert.deepEqual(told, []);
  advance(1);
  assert.equal(told.length, 1);
});

test("keeps of what has expired what it is told to", () => {
  const { give, advance, told } = indexing([index({ keep: ["host", "ttl", "tags", "attributes.zone", "metric"] })]);
  give(at(0, { host: "a", service: "s", ttl: 1, tags: ["t"], metric: 7, attributes: { zone: "z", rack: "r" } }));
  advance(10);
  const [gone] = told;
  assert.deepEqual(
    [gone?.host, gone?.service, gone?.state, gone?.ttl, gone?.tags, gone?.metric, { ...gone?.attributes }],
    ["a", null, "expired", 1, ["t"], 7, { zone: "z" }],
  );
});

test("an event that says expired is passed on, and takes its host and service out", () => {
  const { give, held, out } = indexing();
  give(at(0, { host: "a", metric: 1 }), at(0, { host: "a", state: "expired", metric: 2 }));
  assert.deepEqual([held(), out("p")], [[], [1, 2]]);
});

test("the longest unchanged make room, counted, and said once", () => {
  const { give, held, report, messages } = indexing([index({ max: 2 })]);
  give(...["a", "b", "c", "d", "e"].map((host, metric) => at(0, { host, metric })));
  assert.deepEqual(held(), [
    ["d", 3],
    ["e", 4],
  ]);
  assert.deepEqual(report("p").stages[0]?.evicted, { full: 3, idle: 0 });
  assert.equal(messages("the index is full: the longest unchanged events make room for new ones").length, 1);
});

test("says for how many there is room, and once there was for a while, how many had to go", () => {
  const { give, advance, log, messages } = indexing([index({ max: 2 })]);
  give(...["a", "b", "c", "d", "e"].map((host) => at(0, { host })));
  assert.equal(log[0]?.fields.max, 2);
  advance(10);
  assert.equal(messages("the trouble is over")[0]?.fields.lost, 3);
});

test("many that expire together go in at once where nothing has to be waited for", () => {
  const { give, advance, told } = indexing();
  give(...Array.from({ length: 1001 }, (_, n) => at(0, { host: String(n), ttl: 1 })));
  advance(10);
  assert.equal(told.length, 1001);
});

test("a restart of its pipeline keeps the index", () => {
  const poison = stage("poison", ({ emit }) => (event) => {
    if (event.metric === 13) throw new Error("13");
    emit(event);
  });
  const { give, held, report } = indexing([index(), poison]);
  give(at(0, { host: "a", metric: 1 }));
  give(at(0, { host: "b", metric: 13 }));
  assert.equal(report("p").restarts, 1);
  assert.deepEqual(held(), [
    ["a", 1],
    ["b", 13],
  ]);
});

test("however many copies of it there are, each event expires once", () => {
  const { give, advance, told } = indexing([by("host", [index()])]);
  give(...["a", "b", "c"].map((host) => at(0, { host, ttl: 1 })));
  advance(30);
  assert.deepEqual(told.map(({ host }) => host).toSorted(), ["a", "b", "c"]);
});

test("many that expire together go in by slices, each when the one before is in; what does not get in is counted", async () => {
  const fates: ((reason: DropReason | null) => void)[] = [];
  const { give, advance, told, held, turns, report } = indexing(
    [index()],
    () => new Promise((tell) => fates.push(tell)),
  );
  give(...Array.from({ length: 250 }, (_, n) => at(0, { host: String(n), ttl: 1 })));
  advance(10);
  assert.deepEqual([told.length, held().length], [100, 150]);
  give(at(10, { host: "225", ttl: 60, metric: 1 }));
  for (const tell of fates.splice(0)) tell(null);
  await turns();
  assert.deepEqual([told.length, held().length], [200, 50]);
  for (const tell of fates.splice(0)) tell("overflow");
  await turns();
  for (const tell of fates.splice(0)) tell(null);
  await turns();
  assert.deepEqual([told.length, held()], [249, [["225", 1]]]);
  assert.equal(report("p").stages[0]?.dropped.overflow, 100);
  assertBalanced(report("p"));
});

test("refuses options that are unknown or wrong", () => {
  const refuses = (make: () => unknown, message: RegExp) => assert.throws(make, { code: "FTS_STAGE_OPTION", message });
  refuses(() => index({ max: 0 }), /^index\(max\): must be a whole number >= 1, got 0$/);
  refuses(() => index({ interval: 0 }), /^index\(interval\): must be a number >= 0.001, got 0$/);
  refuses(() => index({ keep: "hots" as "host" }), /^index\(keep\): must name one of host, .*, got "hots"/);
  refuses(() => index({ ttl: 5 } as object), /no option "ttl"; it takes max, interval, keep$/);
});

test("a stage of one's own sees the index when it says so, and is told otherwise", () => {
  const edge = { kind: "index", name: "index" } as const;
  const lookup = stage(
    "lookup",
    ({ emit, index: table }) =>
      (event) => {
        emit(event.with({ metric: table.lookup("a", null)?.metric ?? null }));
      },
    { edge },
  );
  assert.deepEqual(
    run([index(), lookup], [{ host: "a", metric: 5 }, { host: "b" }]).map(({ metric }) => metric),
    [5, 5],
  );
  const none = stage(
    "none",
    ({ index: table }) =>
      () =>
        table.size,
  );
  assert.throws(() => perform([none], [{}]), {
    message:
      /none#0: a stage that uses the index needs \{ edge: \{ kind: "index", name: "index" \} \} behind its start/,
  });
});
